package account_test

import (
	"sync"
	"testing"

	"portico/ent/db/holding"
)

const (
	company  = "91350100M000100Y43" // GB 32100, its own example
	resident = "11010519491231002X" // GB 11643, its own example
)

func submission(c customer) map[string]any {
	return map[string]any{"accountId": c.id, "kind": "MAINLAND_COMPANY", "legalName": "示例有限公司", "country": "CN", "registrationNumber": company}
}

func with(m map[string]any, pairs ...any) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		out[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i].(string)] = pairs[i+1]
	}
	return out
}

const asked = "verification { id status reason registrationNumber country legalName kind }"

func TestVerification(t *testing.T) {
	t.Run("5.2: a verification is submitted, rejected with a reason, submitted anew and approved", func(t *testing.T) {
		each(t, func(w *world) {
			c, op := w.customer("Acme"), w.operator("support")
			r, told := w.mutate(c.owner, "submitVerification", asked, submission(c))
			w.done(told)
			id := r.at("submitVerification", "verification", "id")
			_, told = w.mutate(c.owner, "submitVerification", asked, submission(c))
			w.refused(told, "VERIFICATION_PENDING 5.2 input.accountId")
			_, told = w.mutate(op, "reviewVerification", asked, map[string]any{"verificationId": id, "decision": "REJECT", "reason": "  "})
			w.refused(told, "REASON_REQUIRED 5.2 input.reason")
			_, told = w.mutate(op, "reviewVerification", asked, map[string]any{"verificationId": id, "decision": "REJECT", "reason": "illegible"})
			w.done(told)
			r, told = w.mutate(c.owner, "submitVerification", asked, submission(c))
			w.done(told)
			id = r.at("submitVerification", "verification", "id")
			_, told = w.mutate(op, "reviewVerification", asked, map[string]any{"verificationId": id, "decision": "APPROVE"})
			w.done(told)
			r = w.ok(c.owner, `query($id: ID!) { account(id: $id) { status legalEntity { name registrationNumber country kind } standing { restrictions { code } } verification { status } viewerPermissions owner { person { id } roles { code name permissions } } roles { code builtIn } employees { totalCount nodes { id } } } }`, map[string]any{"id": c.id})
			t.Logf("%+v", r.data)
			_, told = w.mutate(c.owner, "submitVerification", asked, submission(c))
			w.refused(told, "LEGAL_ENTITY_FIXED 1.3 input.accountId")
			_, told = w.mutate(op, "reviewVerification", asked, map[string]any{"verificationId": id, "decision": "REJECT", "reason": "no"})
			w.refused(told, "VERIFICATION_DECIDED 5.2 input.verificationId")
		})
	})
	t.Run("5.2: of eight operators who decide at once one wins", func(t *testing.T) {
		each(t, func(w *world) {
			c, op := w.customer("Acme"), w.operator("compliance")
			r, told := w.mutate(c.owner, "submitVerification", asked, submission(c))
			w.done(told)
			id := r.at("submitVerification", "verification", "id")
			var wg sync.WaitGroup
			answers := make([][]string, 8)
			for i := range answers {
				wg.Go(func() {
					_, answers[i] = w.mutate(op, "reviewVerification", asked, map[string]any{"verificationId": id, "decision": []string{"APPROVE", "REJECT"}[i%2], "reason": "race"})
				})
			}
			wg.Wait()
			won := 0
			for _, a := range answers {
				if len(a) == 0 {
					won++
				} else {
					w.refused(a, "VERIFICATION_DECIDED 5.2 input.verificationId")
				}
			}
			if won != 1 || w.count(w.read().Holding.Query().Where(holding.OpenKey(c.id))) > 1 {
				t.Fatalf("%d won", won)
			}
		})
	})
}
