package payment

import (
	"slices"
	"strings"

	"portico/ent/db"
)

// questions are what an operator must decide about a payment besides suspense,
// each once. The operator sees the first; answering it leaves the others.
// NotCovered comes last: incoming money or a waiver answers it, a note doesn't.
type questions []Question

// ownership lists the questions about whom a payment belongs to. A newer one
// replaces an older one.
var ownership = []Question{NoReference, UnknownReference, OtherTopUp}

// asked returns the open questions in a payment's row.
func asked(p *db.Payment) questions {
	if p.Question == nil {
		return nil
	}
	all := questions{Question(*p.Question)}
	if p.FurtherQuestions != nil {
		for q := range strings.FieldsSeq(*p.FurtherQuestions) {
			all = append(all, Question(q))
		}
	}
	if p.UncoveredMinor > 0 {
		all = all.ask(NotCovered)
	}
	return all
}

// Asked returns what an operator must decide about a payment now; nil if there
// is nothing.
func Asked(p *db.Payment) *Question {
	all := asked(p)
	if len(all) == 0 {
		return nil
	}
	return &all[0]
}

func (all questions) has(q Question) bool { return slices.Contains(all, q) }

// first returns the question that is shown; empty if there is none.
func (all questions) first() Question {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

// ask adds a question before the others.
func (all questions) ask(q Question) questions {
	if slices.Contains(ownership, q) {
		all = all.drop(ownership...)
	}
	all = append(questions{q}, all.drop(q)...)
	if all.has(NotCovered) {
		all = append(all.drop(NotCovered), NotCovered)
	}
	return all
}

// drop removes the questions that are answered.
func (all questions) drop(answered ...Question) questions {
	return slices.DeleteFunc(slices.Clone(all), func(q Question) bool { return slices.Contains(answered, q) })
}

// noted removes the question that is shown, unless it is NotCovered.
func (all questions) noted() questions {
	if q := all.first(); q != NotCovered {
		return all.drop(q)
	}
	return all
}

// owned removes the questions that are answered by attributing a payment.
func (all questions) owned() questions {
	if all.first() == Conflicting {
		all = all.noted()
	}
	return all.drop(ownership...).drop(NotReadable)
}

// ask writes the questions about a payment: the first one and those after it.
func ask(u *db.PaymentUpdate, all questions) {
	if u.SetQuestioned(len(all) > 0); len(all) == 0 {
		u.ClearQuestion().ClearFurtherQuestions()
		return
	}
	if u.SetQuestion(string(all[0])); len(all) == 1 {
		u.ClearFurtherQuestions()
		return
	}
	further := make([]string, 0, len(all)-1)
	for _, q := range all[1:] {
		further = append(further, string(q))
	}
	u.SetFurtherQuestions(strings.Join(further, " "))
}
