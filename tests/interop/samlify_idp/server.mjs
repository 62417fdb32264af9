// A small SAML IdP on samlify: `node server.mjs CONFIG`, a JSON file that tests/interop/samlify.py writes.
// Requests by Redirect, a page with a form, the answer by POST. Signatures and encryption are samlify's own.
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import samlify from 'samlify';

const config = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const base = `http://127.0.0.1:${config.port}`;
const EPPN = 'urn:oid:1.3.6.1.4.1.5923.1.1.1.6';
const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
const REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
const SCOPE = 'xmlns:shibmd="urn:mace:shibboleth:metadata:1.0"';

samlify.setSchemaValidator({ validate: async () => 'not validated: requests are not what is tested here' });

const idp = samlify.IdentityProvider({
  entityID: `${base}/metadata`,
  privateKey: config.key,
  signingCert: config.certificate,
  nameIDFormat: [TRANSIENT],
  singleSignOnService: [{ Binding: REDIRECT, Location: `${base}/sso` }],
  isAssertionEncrypted: Boolean(config.cipher),
  dataEncryptionAlgorithm: config.cipher,
  keyEncryptionAlgorithm: config.keyTransport,
  loginResponseTemplate: {
    context: samlify.SamlLib.defaultLoginResponseTemplate.context,
    attributes: [{ name: EPPN, valueTag: 'eppn', nameFormat: 'urn:oasis:names:tc:SAML:2.0:attrname-format:uri', valueXsiType: 'xs:string' }],
  },
});
// samlify signs what the SP's metadata wants; the tests decide instead.
const sp = samlify.ServiceProvider({
  metadata: config.sp.replace(/WantAssertionsSigned="\w+"/, `WantAssertionsSigned="${config.signAssertion}"`),
  wantMessageSigned: config.signResponse,
});

const pages = new Map(); // session → what was asked for
const escaped = (text) => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
const instant = (seconds = 0) => new Date(Date.now() + seconds * 1000).toISOString();

// samlify's template has a place for AuthnStatement, and leaves it empty.
const authnStatement = () => config.authnContext
  ? `<saml:AuthnStatement AuthnInstant="${instant()}" SessionIndex="_${randomUUID()}"><saml:AuthnContext><saml:AuthnContextClassRef>`
    + `${config.authnContext}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`
  : '';

async function answer({ extract, relayState }, user) {
  const [id, acs] = [`_${randomUUID()}`, sp.entityMeta.getAssertionConsumerService('post')];
  const fill = (template) => ({
    id,
    context: samlify.SamlLib.replaceTagsByValue(template.replace('{AuthnStatement}', authnStatement()), {
      ID: id, AssertionID: `_${randomUUID()}`, IssueInstant: instant(), Issuer: idp.entityMeta.getEntityID(),
      Destination: acs, SubjectRecipient: acs, InResponseTo: extract.request.id, Audience: sp.entityMeta.getEntityID(),
      ConditionsNotBefore: instant(), ConditionsNotOnOrAfter: instant(300), SubjectConfirmationDataNotOnOrAfter: instant(300),
      StatusCode: 'urn:oasis:names:tc:SAML:2.0:status:Success', NameIDFormat: TRANSIENT, NameID: `_${randomUUID()}`, attrEppn: user.eppn,
    }),
  });
  const how = { customTagReplacement: fill, encryptThenSign: config.encryptThenSign, relayState };
  const { context } = await idp.createLoginResponse(sp, { extract }, 'post', user, how);
  const field = (name, value) => `<input type="hidden" name="${name}" value="${escaped(value)}"/>`;
  return `<form method="post" action="${acs}">${field('SAMLResponse', context)}${relayState ? field('RelayState', relayState) : ''}`
    + '<noscript><button>Continue</button></noscript></form><script>document.forms[0].submit()</script>';
}

const loginForm = (said = '') => `<h1>Log in</h1><p>${said}</p><form method="post" action="/login"><label>User <input name="username"/></label>`
  + '<label>Password <input type="password" name="password"/></label><button>Log in</button></form>';

async function page(request, url, session) {
  if (url.pathname === '/sso' && url.searchParams.has('SAMLRequest')) {
    const { extract } = await idp.parseLoginRequest(sp, 'redirect', { query: Object.fromEntries(url.searchParams) });
    pages.set(session, { extract, relayState: url.searchParams.get('RelayState') });
    return loginForm();
  }
  if (url.pathname === '/login' && request.method === 'POST' && pages.has(session)) {
    let body = '';
    for await (const piece of request) body += piece;
    const given = new URLSearchParams(body);
    const user = config.users.find((each) => each.username === given.get('username') && each.password === given.get('password'));
    return user ? answer(pages.get(session), user) : loginForm('Wrong user or password');
  }
  return null;
}

createServer(async (request, response) => {
  const url = new URL(request.url, base);
  if (url.pathname === '/metadata') {
    const scope = `<Extensions><shibmd:Scope ${SCOPE} regexp="false">${escaped(config.scope)}</shibmd:Scope></Extensions>`;
    const metadata = idp.getMetadata().replace(/(<IDPSSODescriptor[^>]*>)/, config.scope ? `$1${scope}` : '$1');
    return response.writeHead(200, { 'Content-Type': 'application/samlmetadata+xml' }).end(metadata);
  }
  const known = /session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
  const session = known ?? randomUUID();
  if (!known) writeFileSync(`${config.sessions}/sess_${session}`, '');
  try {
    const html = await page(request, url, session);
    response.writeHead(html ? 200 : 404, { 'Content-Type': 'text/html; charset=utf-8', 'Set-Cookie': `session=${session}; Path=/; HttpOnly` });
    response.end(`<!doctype html><html><head><title>Exempelstad</title></head><body>${html ?? 'Nothing here'}</body></html>`);
  } catch (problem) {
    console.error(problem);
    response.writeHead(500).end(`${problem.message}`);
  }
}).listen(config.port, '127.0.0.1');
