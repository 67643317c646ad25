package statement

import (
	entsql "entgo.io/ent/dialect/sql"

	"portico/ent/db/employee"
	"portico/ent/db/membership"
	"portico/ent/db/person"
)

// The conditions below are for queries of employees, which limit the principal to
// the accounts that it reaches. What they find beside the employees is of the same
// account.

// InGroup returns the condition that an employee is a member of a group.
func InGroup(groupID string) func(*entsql.Selector) {
	return func(s *entsql.Selector) {
		m := entsql.Table(membership.Table)
		s.Where(entsql.In(s.C(employee.FieldID), entsql.Select(m.C(membership.FieldEmployeeID)).From(m).Where(entsql.And(
			entsql.EQ(m.C(membership.FieldHolderID), groupID), entsql.ColumnsEQ(m.C(membership.FieldAccountID), s.C(employee.FieldAccountID))))))
	}
}

// Named returns the condition that the name of an employee begins with a text.
func Named(beginning string) func(*entsql.Selector) {
	return ofPerson(func(p *entsql.SelectTable) *entsql.Predicate {
		return entsql.And(entsql.GTE(p.C(person.FieldName), beginning), entsql.LT(p.C(person.FieldName), beginning+"\U0010FFFF"))
	})
}

// Reached returns the condition that an employee has a phone number, or has verified
// an e-mail address, with a blind index.
func Reached(index string, mail bool) func(*entsql.Selector) {
	column := person.FieldPhoneIndex
	if mail {
		column = person.FieldVerifiedEmailIndex
	}
	return ofPerson(func(p *entsql.SelectTable) *entsql.Predicate { return entsql.EQ(p.C(column), index) })
}

func ofPerson(is func(p *entsql.SelectTable) *entsql.Predicate) func(*entsql.Selector) {
	return func(s *entsql.Selector) {
		p := entsql.Table(person.Table)
		s.Where(entsql.In(s.C(employee.FieldPersonID), entsql.Select(p.C(person.FieldID)).From(p).Where(is(p))))
	}
}
