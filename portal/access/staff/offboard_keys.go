package staff

import (
	"portico/authz"
	"portico/ent/db"
	"portico/portal/access/apikey"
)

// apiKeysOf finds the live API keys of an employee. A successor must hold what they give
// within their applications (1.5). Their secrets end as they pass on.
func (v *view) apiKeysOf(e *db.Employee) (holding, error) {
	keys, err := apikey.HeldBy(v.ctx, v.client, v.wall, e.ID)
	if err != nil || len(keys) == 0 {
		return holding{}, err
	}
	ids, given := make([]string, len(keys)), make([]authz.Set, len(keys))
	for i, k := range keys {
		ids[i] = k.ID
		if given[i], err = authz.Law().Custom(k.Permissions); err != nil {
			return holding{}, err
		}
	}
	return holding{count: len(ids), example: ids[0],
		lacks: func(heir *member) (missing authz.Set) {
			for i, k := range keys {
				missing = missing.Union(given[i].Minus(heir.covers(k.ApplicationIds)))
			}
			return missing
		},
		leave: func(r *roster, successorID string) error {
			r.tx.AuditDetail("successorId", successorID)
			r.tx.AuditDetail("apiKeyIds", ids)
			return apikey.HandOver(r.tx.Tx, e.ID, successorID)
		}}, nil
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
