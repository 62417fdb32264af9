"""What a municipality may want to know beside idptest's own rules: `pytest --idptest idptest.toml`, or `pytest --idptest-demo` to try it."""


def test_nobody_gets_a_mail_address_as_eppn(idp_account, idp_login):
    """Taking `idp_account` makes a test of each account. The login is the one that idptest's own tests use: nobody logs in twice."""
    eppn = idp_login(idp_account.name).login.principal_name.value
    assert eppn.endswith("@exempelstad.se")
    assert "." not in eppn.partition("@")[0]


def test_the_teacher_comes_in_at_level_3(idp_login):
    logins = idp_login("larare")
    levels = [found.login.authn_context.value for found in (logins, *logins.further)]
    assert any("loa3" in level for level in levels)


def test_the_eppn_is_the_same_in_a_login_of_its_own(idp_account, idp_login):
    first, second = idp_login(idp_account.name), idp_login(idp_account.name, fresh=True)
    # bool: pytest shows the values of what it compares, and here they are somebody's.
    assert bool(first.login.principal_name.value == second.login.principal_name.value)


def test_the_pages_are_on_our_own_server(idp_login):
    # The last exchange is the answer's, to our own address.
    addresses = {exchange.request.url.split("/")[2] for exchange in idp_login("elev").flow.exchanges[:-1]}
    assert {address.rpartition(".exempelstad.se")[1] for address in addresses} == {".exempelstad.se"}
