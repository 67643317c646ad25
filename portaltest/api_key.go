package portaltest

// APIKey creates an API key of an actor on its account, with permissions by their names
// in the API. Fields add to the input. It returns the program that has the key; its
// PersonID is the id of the key.
func (w *World) APIKey(a *Actor, fields map[string]any, permissions ...string) *Actor {
	w.T.Helper()
	in := map[string]any{"accountId": a.AccountID, "name": "Program of " + a.Name, "permissions": permissions}
	for name, v := range fields {
		in[name] = v
	}
	p := w.Done(a, `mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { apiKey { id } secret userErrors { code message field } } }`, map[string]any{"i": in})
	return &Actor{Name: "Program of " + a.Name, AccountID: a.AccountID, PersonID: String(p, "apiKey", "id"), key: String(p, "secret")}
}

// Keyed returns a program with a secret.
func Keyed(accountID, secret string) *Actor {
	return &Actor{Name: "Program", AccountID: accountID, key: secret}
}
