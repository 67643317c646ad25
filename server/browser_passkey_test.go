package server_test

import (
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"testing"

	"portico/portal"
	"portico/portaltest"
	"portico/server"
)

// passkeys is the script of a frontend: a person adds a passkey, signs in by it,
// and steps up by it.
const passkeys = `(async () => {
  const send = async (query, input, token) => {
    const headers = {'Content-Type': 'application/json', ...(token && {Authorization: 'Bearer ' + token})};
    const r = await (await fetch('/graphql', {method: 'POST', headers, body: JSON.stringify({query, variables: {input}})})).json();
    const payload = r.data && Object.values(r.data)[0];
    if (!payload || payload.userErrors.length) throw new Error(JSON.stringify(r));
    return payload;
  };
  const ask = async c => (await navigator.credentials.get({publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(c.options)})).toJSON();
  const token = %q, challenge = 'challenge { id options } userErrors { code }';
  let c = (await send('mutation($input: BeginPasskeyInput!) { beginPasskey(input: $input) { ' + challenge + ' } }', {name: 'Browser', currentPassword: %q}, token)).challenge;
  const made = await navigator.credentials.create({publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(c.options)});
  const added = await send('mutation($input: FinishPasskeyInput!) { finishPasskey(input: $input) { secondFactor { kind name } recoveryCodes userErrors { code } } }', {challengeId: c.id, credential: made.toJSON()}, token);
  c = (await send('mutation($input: BeginPasskeySignInInput!) { beginPasskeySignIn(input: $input) { ' + challenge + ' } }', {})).challenge;
  const entered = await send('mutation($input: FinishPasskeySignInInput!) { finishPasskeySignIn(input: $input) { session { accessToken } userErrors { code } } }', {challengeId: c.id, credential: await ask(c)});
  const fresh = entered.session.accessToken;
  c = (await send('mutation($input: BeginPasskeyStepUpInput!) { beginPasskeyStepUp(input: $input) { ' + challenge + ' } }', {}, fresh)).challenge;
  const stepped = await send('mutation($input: StepUpInput!) { stepUp(input: $input) { steppedUpUntil userErrors { code } } }', {method: 'PASSKEY', challengeId: c.id, credential: await ask(c)}, fresh);
  return [added.secondFactor.kind, added.secondFactor.name, added.recoveryCodes.length, !!stepped.steppedUpUntil].join(' ');
})()`

// A browser makes a passkey with an authenticator of its own, and uses it.
func TestABrowserUsesAPasskey(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	url := "http://localhost:" + port // a name: there are no passkeys on IP addresses
	w := portaltest.New(t, "sqlite", func(p *portal.Config, s *server.Config) { p.PublicURL, s.BaseURL = url, url })
	s := httptest.NewUnstartedServer(w.Handler())
	_ = s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	a := w.Owner("Frontend")
	p := browse(t, url+"/healthz")
	p.call("WebAuthn.enable", map[string]any{})
	p.call("WebAuthn.addVirtualAuthenticator", map[string]any{"options": map[string]any{"protocol": "ctap2", "transport": "internal",
		"hasResidentKey": true, "hasUserVerification": true, "isUserVerified": true, "automaticPresenceSimulation": true}})
	if got := p.eval(fmt.Sprintf(passkeys, w.Token(a), portaltest.Password)); got != "PASSKEY Browser 10 true" {
		t.Error(strings.TrimSpace(got))
	}
}
