package staff_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"portico/ent/db/invitation"
	"portico/portal/access/staff"
	"portico/portaltest"
)

const (
	renewM    = `mutation($i: RenewInvitationInput!) { renewInvitation(input: $i) { invitation { id status address expiresAt grants ` + holdsF + ` invitedBy { id } }` + refusalsOf
	byStatusQ = `query($id: ID!, $status: InvitationStatus, $first: Int, $after: String) { account(id: $id) { invitations(first: $first, after: $after, status: $status) {
		totalCount nodes { id status } pageInfo { hasNextPage endCursor } } } }`
)

func renewing(id string) map[string]any { return of(input{"invitationId": id}) }

// unrenewable expects that an invitation to the actor's account can't be renewed, and
// that the remedy is to invite anew.
func unrenewable(w *portaltest.World, by *portaltest.Actor, id string) {
	w.T.Helper()
	got := w.Refused(by, renewM, renewing(id))
	wants(w, got, "INVITATION_NOT_PENDING", "1.5", "invitationId")
	if got.Remedy == nil || got.Remedy.Operation != "inviteEmployee" || got.Remedy.Input["accountId"] != by.AccountID {
		w.T.Errorf("%+v", got.Remedy)
	}
}

func TestInvitationsAreRenewed(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		account := a.AccountID
		t.Run("1.5: a renewed invitation has a new link and a new end, and gives the same; the old link is dead", func(t *testing.T) {
			b := w.Person("Berta")
			old, first := offered(w, a, account, b.Phone, input{"roleId": staff.RoleID("operations"), "perMonth": yuan("5.00")})
			id := portaltest.String(old, "id")
			w.AdvanceTo(w.Portal.Store.Now().Add(24 * time.Hour))
			fresh := w.Done(a, renewM, renewing(id))["invitation"]
			second := w.Message(b.Phone).Token
			if first == second || portaltest.String(fresh, "id") == id || portaltest.String(fresh, "status") != "PENDING" || portaltest.String(fresh, "address") != b.Phone ||
				portaltest.String(fresh, "expiresAt") != w.Portal.Store.Now().Add(7*24*time.Hour).UTC().Format(time.RFC3339) {
				t.Errorf("%v", fresh)
			}
			wants(w, w.Refused(b, acceptM, of(input{"token": first})), "INVITATION_INVALID", "1.5", "token")
			unrenewable(w, a, id) // sent twice
			e := w.Done(b, acceptM, of(input{"token": second}))["employee"]
			g := grantOf(w, map[string]any{"grants": grantsSeen(w, a, portaltest.String(e, "id"))}, "operations")
			if portaltest.String(g, "perMonth", "amount") != "5.00" {
				t.Errorf("%v", g)
			}
			unrenewable(w, a, portaltest.String(fresh, "id")) // accepted
		})
		t.Run("1.5: one that has expired is renewed, one that was revoked isn't", func(t *testing.T) {
			b := w.Person("Bela")
			id, _ := invited(w, a, account, b.Phone, builtIn("auditor")...)
			revoked, _ := invited(w, a, account, "revoked@example.com", builtIn("auditor")...)
			w.Done(a, revokeM, of(input{"invitationId": revoked}))
			unrenewable(w, a, revoked)
			w.AdvanceTo(w.Portal.Store.Now().Add(7 * 24 * time.Hour))
			w.Done(a, renewM, renewing(id))
			w.Done(b, acceptM, of(input{"token": w.Message(b.Phone).Token}))
		})
	})
}

func TestInvitationsThatAreNotRenewed(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		account := a.AccountID
		t.Run("1.5: one of which a grant has expired, or a role was deleted, isn't renewed", func(t *testing.T) {
			soon := w.Portal.Store.Now().Add(time.Hour).Truncate(time.Second)
			short, _ := offered(w, a, account, "short@example.com", input{"roleId": staff.RoleID("auditor"), "expiresAt": soon.UTC().Format(time.RFC3339)})
			role := custom(w, a, account, "gone", "BILL_READ")
			gone, _ := invited(w, a, account, "gone@example.com", role)
			w.AdvanceTo(soon)
			unrenewable(w, a, portaltest.String(short, "id"))
			w.AdvanceTo(soon.Add(7 * 24 * time.Hour))
			w.Done(a, deleteM, of(input{"roleId": role}))
			unrenewable(w, a, gone)
		})
		t.Run("1.5: nobody renews what it doesn't hold; who renews is the inviter", func(t *testing.T) {
			admin := w.Person("Adam")
			adam := join(w, a, account, admin, builtIn("administrator")...)
			mighty := custom(w, a, account, "mighty", "PAYER_DESIGNATE")
			id, _ := invited(w, a, account, "mighty@example.com", mighty)
			wants(w, w.Refused(admin, renewM, renewing(id)), "PERMISSION_NOT_HELD", "1.5", "invitationId")
			id, _ = invited(w, a, account, "auditor@example.com", builtIn("auditor")...)
			if p := w.Done(admin, renewM, renewing(id)); portaltest.String(p, "invitation", "invitedBy", "id") != adam {
				t.Errorf("%v", p)
			}
		})
	})
}

func TestRenewedInvitationsAreCounted(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		t.Run("5.4: an address gets five messages in 24 hours, renewed ones too, and not six", func(t *testing.T) {
			id, _ := invited(w, a, a.AccountID, "often@example.com", builtIn("auditor")...)
			for range 4 {
				id = portaltest.String(w.Done(a, renewM, renewing(id)), "invitation", "id")
			}
			wants(w, w.Refused(a, renewM, renewing(id)), "RECIPIENT_LIMIT", "5.4", "invitationId")
			w.Wall.Advance(24 * time.Hour)
			w.Done(a, renewM, renewing(id))
		})
		t.Run("1.5: renewed four times at once, one link is sent", func(t *testing.T) {
			id, _ := invited(w, a, a.AccountID, "+8613700000123", builtIn("auditor")...)
			var wg sync.WaitGroup
			answers := make([]portaltest.Response, 4)
			for i := range answers {
				wg.Go(func() { answers[i] = w.Send(a, renewM, renewing(id)) })
			}
			wg.Wait()
			done := 0
			for _, r := range answers {
				if len(r.Errors) == 0 && len(r.Refusals(t)) == 0 {
					done++
				}
			}
			n, err := w.Portal.Store.Read().Invitation.Query().Where(invitation.AccountID(a.AccountID), invitation.MediumEQ(invitation.MediumPHONE)).Count(w.System())
			if done != 1 || n != 2 || err != nil {
				t.Errorf("%d done, %d invitations, %v", done, n, err)
			}
		})
	})
}

func TestInvitationsAreListedByStatus(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		lapsed, _ := invited(w, a, a.AccountID, "lapsed@example.com", builtIn("auditor")...)
		b := w.Person("Berta")
		w.AdvanceTo(w.Portal.Store.Now().Add(7 * 24 * time.Hour))
		join(w, a, a.AccountID, b, builtIn("auditor")...)
		revoked, _ := invited(w, a, a.AccountID, "revoked@example.com", builtIn("auditor")...)
		w.Done(a, revokeM, of(input{"invitationId": revoked}))
		var waiting []string
		for i := range 3 {
			w.AdvanceTo(w.Portal.Store.Now().Add(time.Minute))
			id, _ := invited(w, a, a.AccountID, fmt.Sprintf("waiting%d@example.com", i), builtIn("auditor")...)
			waiting = append([]string{id}, waiting...)
		}
		list := func(more input) any {
			in := input{"id": a.AccountID, "first": 50}
			for k, v := range more {
				in[k] = v
			}
			return portaltest.At(w.Must(a, byStatusQ, in), "account", "invitations")
		}
		ids := func(of any) (all []string) {
			for _, n := range portaltest.At(of, "nodes").([]any) {
				all = append(all, portaltest.String(n, "id"))
			}
			return all
		}
		t.Run("1.5: invitations are listed by what they are now", func(t *testing.T) {
			for status, want := range map[string][]string{"PENDING": waiting, "EXPIRED": {lapsed}, "REVOKED": {revoked}} {
				l := list(input{"status": status})
				if got := ids(l); !slices.Equal(got, want) || portaltest.At(l, "totalCount") != float64(len(want)) || portaltest.String(l, "nodes", 0, "status") != status {
					t.Errorf("%s: %v", status, l)
				}
			}
			if l := list(input{"status": "ACCEPTED"}); len(ids(l)) != 1 || len(ids(list(nil))) != 6 {
				t.Errorf("%v", l)
			}
		})
		t.Run("1.5: a page follows another within a status, and a cursor is of one status", func(t *testing.T) {
			first := list(input{"status": "PENDING", "first": 2})
			cursor := portaltest.String(first, "pageInfo", "endCursor")
			rest := list(input{"status": "PENDING", "first": 2, "after": cursor})
			if got := append(ids(first), ids(rest)...); !slices.Equal(got, waiting) {
				t.Errorf("%v, want %v", got, waiting)
			}
			r := w.Send(a, byStatusQ, map[string]any{"id": a.AccountID, "first": 2, "after": cursor, "status": "REVOKED"})
			if len(r.Errors) != 1 || r.Errors[0].Code() != "BAD_REQUEST" {
				t.Errorf("%s", r.Raw)
			}
		})
	})
}
