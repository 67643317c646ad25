package staff

import (
	"context"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/invitation"
	"portico/portal/kernel/address"
	"portico/portal/kernel/command"
)

// RenewInvitation sends an invitation that wasn't accepted once more (1.5): a new one
// to the same address with the same grants takes its place, with a new link and a new
// expiry, and the link before is dead. The caller is its inviter, as if it had invited
// anew, and the new invitation counts as one. For employees with employee:invite on
// the account. Refusals: INVITATION_NOT_PENDING for one that was accepted or revoked,
// or of which a role was deleted or a grant has expired, STAFF_NOT_ALLOWED,
// PERMISSION_NOT_HELD, INVITATION_LIMIT, INVITATIONS_TOO_OFTEN, RECIPIENT_LIMIT, and
// those of standing.
func RenewInvitation(ctx context.Context, s *ent.Store, in RenewInvitationInput) (*RenewInvitationPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "renewInvitation", Permission: authz.EmployeeInvite,
		Object: in.InvitationID, Field: "invitationId", Input: in}, func(tx *command.Tx) (*RenewInvitationPayload, error) {
		old := tx.Found().(*db.Invitation)
		r, by, err := inviting(tx, old.AccountID)
		if err != nil {
			return nil, err
		}
		given, whole, err := r.offered(old)
		if err != nil {
			return nil, err
		}
		if old.Status != invitation.StatusPENDING || !whole || !lastsUntil(given, tx.Now).After(tx.Now) {
			return nil, InvitationClosed.At("invitationId").Lift(clause.Remedy{Operation: "inviteEmployee", Input: map[string]any{"accountId": old.AccountID},
				Text: text("请重新邀请。", "Send a new invitation.")})
		}
		if err := mayGive(by, given, "invitationId"); err != nil {
			return nil, err
		}
		to, err := InvitationAddress(s, old)
		if err != nil {
			return nil, err
		}
		row, err := r.inviteOne(by, address.Address{Value: to, Email: old.Medium == invitation.MediumEMAIL}, given, "invitationId")
		tx.AuditDetail("renews", old.ID)
		return &RenewInvitationPayload{Invitation: row}, err
	})
}

// RevokeInvitation withdraws a pending invitation. For employees with
// invitation:revoke on the account. The refusal is INVITATION_NOT_PENDING.
func RevokeInvitation(ctx context.Context, s *ent.Store, in RevokeInvitationInput) (*RevokeInvitationPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "revokeInvitation", Permission: authz.InvitationRevoke,
		Object: in.InvitationID, Field: "invitationId", Input: in}, func(tx *command.Tx) (*RevokeInvitationPayload, error) {
		r, err := enter(tx, tx.Found().(*db.Invitation).AccountID)
		if err != nil {
			return nil, err
		}
		if _, err := r.actor(authz.InvitationRevoke); err != nil {
			return nil, err
		}
		n, err := tx.Invitation.Update().Where(invitation.ID(in.InvitationID), invitation.StatusEQ(invitation.StatusPENDING),
			invitation.ExpiresAtGT(tx.Now)).SetStatus(invitation.StatusREVOKED).SetRevokedAt(tx.Now).Save(tx)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, InvitationClosed.At("invitationId")
		}
		row, err := tx.Invitation.Get(tx, in.InvitationID)
		return &RevokeInvitationPayload{Invitation: row}, err
	})
}

// StatusLapsed is the status of an invitation that wasn't accepted in time; it
// is computed, never stored.
const StatusLapsed invitation.Status = "EXPIRED"

// InvitationStatus returns the status of an invitation at an instant.
func InvitationStatus(i *db.Invitation, now time.Time) invitation.Status {
	if i.Status == invitation.StatusPENDING && !now.Before(i.ExpiresAt) {
		return StatusLapsed
	}
	return i.Status
}

// InvitationAddress returns the number or address of an invitation in plain
// text, for principals who may read the account's employees.
func InvitationAddress(s *ent.Store, i *db.Invitation) (string, error) {
	return address.Open(s, i.Address, i.Medium == invitation.MediumEMAIL)
}

// InvitationsOf returns the conditions on invitations that have a status at an
// instant.
func InvitationsOf(status invitation.Status, now time.Time) []func(*entsql.Selector) {
	switch status {
	case invitation.StatusPENDING:
		return []func(*entsql.Selector){invitation.StatusEQ(invitation.StatusPENDING), invitation.ExpiresAtGT(now)}
	case StatusLapsed:
		return []func(*entsql.Selector){invitation.StatusEQ(invitation.StatusPENDING), invitation.ExpiresAtLTE(now)}
	default:
		return []func(*entsql.Selector){invitation.StatusEQ(status)}
	}
}
