package payment

import (
	"slices"
	"strings"

	"portico/ent/db"
)

// questions are what an operator must decide about a payment, beyond suspense,
// each once. The first is what the operator is shown; answering it leaves the
// others. That a refund isn't covered comes last: money that comes in, or a
// waiver, answers it, and no note does.
type questions []Question

// whose are the questions about whose a payment is; a newer one replaces an older.
var whose = []Question{NoReference, UnknownReference, OtherTopUp}

// asked are the open questions about a payment, as its row keeps them.
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

// Asked is what an operator must decide about a payment now; nil if nothing.
func Asked(p *db.Payment) *Question {
	all := asked(p)
	if len(all) == 0 {
		return nil
	}
	return &all[0]
}

func (all questions) has(q Question) bool { return slices.Contains(all, q) }

// first is the question that is shown; empty if there is none.
func (all questions) first() Question {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

// ask puts a question before the others.
func (all questions) ask(q Question) questions {
	if slices.Contains(whose, q) {
		all = all.drop(whose...)
	}
	all = append(questions{q}, all.drop(q)...)
	if all.has(NotCovered) {
		all = append(all.drop(NotCovered), NotCovered)
	}
	return all
}

// drop leaves out what is answered.
func (all questions) drop(answered ...Question) questions {
	return slices.DeleteFunc(slices.Clone(all), func(q Question) bool { return slices.Contains(answered, q) })
}

// noted leaves out what was shown, save that a refund isn't covered.
func (all questions) noted() questions {
	if q := all.first(); q != NotCovered {
		return all.drop(q)
	}
	return all
}

// owned leaves out what is answered by deciding whose a payment is.
func (all questions) owned() questions {
	if all.first() == Conflicting {
		all = all.noted()
	}
	return all.drop(whose...).drop(NotReadable)
}

// ask writes what is to be decided about a payment: the first question, and what
// is to be asked after it.
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
