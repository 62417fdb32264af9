// An OpenID provider on loopback: oidc-provider (certified), with a login page of its own. `node server.mjs config.json`.
// Beside the file it writes asked.jsonl, what it understood of each request, and issued.txt, the codes and access tokens that it gave.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { appendFileSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Provider } from 'oidc-provider';

const config = JSON.parse(readFileSync(process.argv[2]));
const users = new Map(config.users.map((user) => [user.username, user]));
const issuer = `http://127.0.0.1:${config.port}`;
const note = (name, text) => appendFileSync(join(dirname(process.argv[2]), name), `${text}\n`);
const claims = [...new Set(config.users.flatMap((user) => Object.keys(user.claims)))].filter((name) => name !== 'sub');

const provider = new Provider(issuer, {
  clients: config.clients,
  jwks: { keys: config.keys },
  cookies: { keys: ['not a secret: on loopback, in a test'] },
  acrValues: config.acrValues,
  claims: { openid: ['sub'], acr: null, auth_time: null, amr: null, ...Object.fromEntries(claims.map((name) => [name, null])) },
  subjectTypes: ['public', 'pairwise'],
  pairwiseIdentifier: (ctx, id, client) => createHash('sha256').update(client.sectorIdentifier + id).digest('hex'),
  pkce: { required: () => true },
  ttl: { IdToken: 300, AccessToken: 300, Interaction: 300, Session: 300, Grant: 300 },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => config.users.find((user) => user.claims.sub === id).claims }),
  // Everybody has said yes to everything.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid');
    grant.addOIDCClaims([...claims, 'acr', 'auth_time', 'amr']);
    await grant.save();
    return grant;
  },
  ...config.settings,
  features: { devInteractions: { enabled: false }, claimsParameter: { enabled: true }, jwtUserinfo: { enabled: true }, ...config.features },
});
for (const kind of ['authorization_code', 'access_token']) provider.on(`${kind}.saved`, (token) => note('issued.txt', token.jti));

const page = (uid, said) => `<!DOCTYPE html><html lang="sv"><head><meta charset="utf-8"><title>Logga in</title></head><body><h1>Logga in</h1>${said}
<form method="post" action="/interaction/${uid}"><label>Användarnamn <input name="username"></label>
<label>Lösenord <input type="password" name="password"></label><button>Logga in</button></form></body></html>`;

const read = async (request) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return new URLSearchParams(Buffer.concat(pieces).toString());
};

const callback = provider.callback();
createServer(async (request, response) => {
  if (config.diesAt && request.url.startsWith(config.diesAt)) process.exit(1);
  if (config.published && request.url === '/jwks') {
    response.setHeader('Content-Type', 'application/jwk-set+json');
    response.end(JSON.stringify({ keys: config.published }));
    return;
  }
  const found = request.url.match(/^\/interaction\/([\w-]+)$/);
  if (!found) {
    callback(request, response);
    return;
  }
  const { params } = await provider.interactionDetails(request, response);
  let said = '';
  if (request.method === 'POST') {
    const form = await read(request);
    const user = users.get(form.get('username'));
    if (user && user.password === form.get('password')) {
      // By itself it would ask for the login again and again: a level that it cannot give is an error.
      const acr = JSON.parse(params.claims || '{}').id_token?.acr;
      const unmet = acr?.essential && ![acr.value, ...(acr.values || [])].includes(config.acr);
      const error = config.denies.includes(params.client_id) ? 'access_denied' : unmet && 'unmet_authentication_requirements';
      const login = { accountId: user.claims.sub, acr: config.acr, amr: config.amr };
      await provider.interactionFinished(request, response, error ? { error } : { login });
      return;
    }
    said = '<p role="alert">Fel användarnamn eller lösenord</p>';
  } else {
    note('asked.jsonl', JSON.stringify(params));
  }
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(page(found[1], said));
}).listen(config.port, '127.0.0.1');
