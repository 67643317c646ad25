package staff

import (
	"portico/authz"
	"portico/ent/db"
	"portico/portal/access/apikey"
)

// handOverKeys passes the live API keys of an employee to its successor, who must hold
// what they give within their applications (1.5). Their secrets end.
func (r *roster) handOverKeys(e *db.Employee, heir *member, keys []*db.ApiKey) error {
	if len(keys) == 0 {
		return nil
	}
	var missing authz.Set
	ids := make([]string, len(keys))
	for i, k := range keys {
		may, err := authz.Law().Custom(k.Permissions)
		if err != nil {
			return err
		}
		ids[i], missing = k.ID, missing.Union(may.Minus(heir.covers(k.ApplicationIds)))
	}
	if missing != (authz.Set{}) {
		return SuccessorUnfit.At("successorId").With("missing", named(missing)).With("successorId", heir.employee.ID)
	}
	r.tx.AuditDetail("successorId", heir.employee.ID)
	r.tx.AuditDetail("apiKeyIds", ids)
	return apikey.HandOver(r.tx.Tx, e.ID, heir.employee.ID)
}

// covers returns what the member holds for some applications, or for the whole account if
// there are none, by grants that a program can use. Their limits and expiries don't
// matter: an API key has those of its owner.
func (m *member) covers(applications []string) authz.Set {
	var set authz.Set
	for _, h := range m.grants {
		if h.reaches(reach{applications: applications, expires: h.expires}) {
			set = set.Union(h.allow)
		}
	}
	return set
}
