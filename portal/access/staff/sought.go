package staff

import (
	"encoding/json"

	entsql "entgo.io/ent/dialect/sql"

	"portico/clause"
	"portico/ent"
	"portico/ent/db/employee"
	"portico/ent/statement"
	"portico/portal/kernel/address"
	norm "portico/text"
)

// mostSought is how long a search can be, in bytes.
const mostSought = 254

// Key identifies the list of the employees that a filter finds, for its cursors; nil
// finds all.
func (f *EmployeeFilter) Key() string {
	if f == nil {
		return ""
	}
	b, err := json.Marshal(f)
	if err != nil {
		panic(err) // texts can always be written as JSON
	}
	return " " + ent.Hash(string(b))
}

// Where returns the conditions of a filter. A search is a phone number or an e-mail
// address, which must match whole, or else the beginning of a name. The refusal is
// BAD_REQUEST for a search that is empty or too long.
func (f *EmployeeFilter) Where(s *ent.Store) ([]func(*entsql.Selector), error) {
	var all []func(*entsql.Selector)
	if f == nil {
		return nil, nil
	}
	if f.Status != nil {
		all = append(all, employee.StatusEQ(*f.Status))
	}
	if f.GroupID != nil {
		all = append(all, statement.InGroup(*f.GroupID))
	}
	if f.Search == nil {
		return all, nil
	}
	sought := norm.Clean(*f.Search)
	if sought == "" || len(sought) > mostSought {
		return nil, clause.Malformed.With("detail", text("search 须有 1 至 254 个字符", "search must have 1 to 254 characters"))
	}
	if to, err := address.Read(sought, "search"); err == nil {
		return append(all, statement.Reached(to.Index(s), to.Email)), nil
	}
	return append(all, statement.Named(sought)), nil
}
