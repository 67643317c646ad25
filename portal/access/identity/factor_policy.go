package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/role"
	"portico/ent/db/sessionpolicy"
	"portico/portal/kernel/command"
)

// SecondFactorScope is of whom an account requires a second factor.
type SecondFactorScope string

// The scopes.
const (
	FactorOfNobody     SecondFactorScope = "NOBODY"
	FactorOfNamedRoles SecondFactorScope = "NAMED_ROLES"
	FactorOfEveryone   SecondFactorScope = "EVERYONE"
)

// Of reports whether the policy requires a second factor of who holds one of some roles.
func (p *SecondFactorPolicy) Of(roleIDs []string) bool {
	return p.Scope == FactorOfEveryone ||
		p.Scope == FactorOfNamedRoles && slices.ContainsFunc(roleIDs, func(id string) bool { return slices.Contains(p.RoleIDs, id) })
}

// WithholdFactor takes from a principal that has no second factor everything on an account
// that requires one of it (1.5), as reading it by its session does: for a person whose
// grants a command has just written.
func WithholdFactor(tx *ent.Tx, p *authz.Principal, accountID string) error {
	if p.HasFactor {
		return nil
	}
	row, err := tx.SessionPolicy.Query().Where(sessionpolicy.PolicyKey(accountID)).Only(tx)
	if db.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	policy, err := FactorPolicyOf(row)
	if err != nil {
		return err
	}
	var roleIDs []string
	for _, g := range p.Grants {
		if g.AccountID == accountID {
			roleIDs = append(roleIDs, g.RoleID)
		}
	}
	p.Withhold(accountID, policy.Of(roleIDs))
	return nil
}

// mostFactorRoles is how many roles a policy may name.
const mostFactorRoles = 50

// SecondFactorPolicy is of whom an account requires a second factor.
type SecondFactorPolicy struct {
	Scope SecondFactorScope
	// RoleIDs are the named roles; some may have been deleted.
	RoleIDs []string
	// SetAt is when the policy of the account was last set; nil if it never was.
	SetAt *time.Time
}

// FactorPolicyOf returns the policy of a row; that of nobody if there is none.
func FactorPolicyOf(row *db.SessionPolicy) (*SecondFactorPolicy, error) {
	p := &SecondFactorPolicy{Scope: FactorOfNobody}
	if row == nil || row.FactorScope == nil {
		return p, nil
	}
	p.Scope, p.SetAt = SecondFactorScope(*row.FactorScope), &row.SetAt
	if row.FactorRoles == nil {
		return p, nil
	}
	return p, json.Unmarshal([]byte(*row.FactorRoles), &p.RoleIDs)
}

// SetSecondFactorPolicy sets which employees of an account need a second factor:
// nobody, who holds one of some roles, or everyone (1.5). It holds at once. Who
// needs one and has none can do nothing on the account; it can still read what is
// its own, and add a factor. For employees with employee:update, who have a
// second factor themselves and have just passed it. Refusals:
// SECOND_FACTOR_REQUIRED, STEP_UP_REQUIRED, INVALID_INPUT, NOT_FOUND.
func SetSecondFactorPolicy(ctx context.Context, s *ent.Store, in SetSecondFactorPolicyInput) (*SetSecondFactorPolicyPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "setSecondFactorPolicy", Permission: authz.EmployeeUpdate,
		Object: in.AccountID, Field: "accountId", Input: in}, func(tx *command.Tx) (*SetSecondFactorPolicyPayload, error) {
		if p := tx.Principal(); p.Kind == authz.Person && !p.HasFactor {
			return nil, authz.SecondFactorRequired
		}
		roles, err := in.named(tx)
		if err != nil {
			return nil, err
		}
		row, err := policyRow(tx.Tx, in.AccountID)
		if err != nil {
			return nil, err
		}
		before, err := FactorPolicyOf(row)
		if err != nil {
			return nil, err
		}
		tx.AuditDetail("secondFactorPolicy", map[string]any{
			"before": map[string]any{"scope": before.Scope, "roleIds": before.RoleIDs},
			"after":  map[string]any{"scope": in.Scope, "roleIds": in.RoleIDs}})
		update := tx.SessionPolicy.Update().Where(sessionpolicy.ID(row.ID), sessionpolicy.Version(row.Version)).
			AddVersion(1).SetSetAt(tx.Now).ClearFactorScope().ClearFactorRoles()
		if in.Scope != FactorOfNobody {
			update.SetFactorScope(string(in.Scope))
		}
		if roles != "" {
			update.SetFactorRoles(roles)
		}
		n, err := update.Save(tx)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, ent.ErrStale
		}
		return &SetSecondFactorPolicyPayload{Account: tx.Found().(*db.Account)}, nil
	})
}

// named returns the named roles as JSON; "" unless the scope names roles.
func (in SetSecondFactorPolicyInput) named(tx *command.Tx) (string, error) {
	n := len(in.RoleIDs)
	if names := in.Scope == FactorOfNamedRoles; names && (n == 0 || n > mostFactorRoles) || !names && n > 0 {
		return "", clause.InvalidField("roleIds", fmt.Sprintf("范围为指定角色时须有 1 至 %d 个角色，其他范围不得填写", mostFactorRoles),
			fmt.Sprintf("must have 1 to %d roles if the scope is NAMED_ROLES, and none otherwise", mostFactorRoles))
	}
	if n == 0 {
		return "", nil
	}
	ids := slices.Compact(slices.Sorted(slices.Values(in.RoleIDs)))
	for i, id := range in.RoleIDs {
		found := ent.TypeOf(id) == "Role"
		if found {
			var err error
			if found, err = tx.Role.Query().Where(role.ID(id), role.AccountIDIn("", in.AccountID)).Exist(tx); err != nil {
				return "", err
			}
		}
		if !found {
			return "", clause.NotFound.At(fmt.Sprint("roleIds.", i))
		}
	}
	list, err := json.Marshal(ids)
	return string(list), err
}
