package agreement_test

import "portico/portaltest"

const openOne = `mutation($i: OpenAccountInput!) { openAccount(input: $i) { account { id status } ` + userErrors + ` } }`

// opening returns a valid input of openAccount.
func opening(w *portaltest.World) map[string]any {
	return map[string]any{"companyName": "Second Ltd", "subjectKind": "LEGAL_PERSON", "declaresFullCapacity": true, "exportDeclaration": true, "acceptedTermsIds": w.TermsIDs()}
}
