package identity

import (
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/attempt"
	"portico/portal/kernel/address"
	"portico/portal/kernel/outbox"
)

// What a person is told about, each counted separately: changes of its
// credentials, sign-ins from where it never was, and what others change of its work
// on accounts. So neither sign-ins nor others can use up the messages about changes.
const (
	ofChange = "told of changes"
	ofEntry  = "told of sign-ins"
	ofWork   = "told of work"

	uncounted = ""
)

// tellable counts a message to a person, and reports whether it may be sent: there is
// a maximum in a day of each kind (5.4). Nobody but a holder of the person's secrets
// can use up those about its credentials.
func tellable(tx *ent.Tx, kind, personID string) (bool, error) {
	row, err := lockCounter(tx, kind, personID)
	if err != nil || row.Failures >= int64(clause.Standard(clause.SecurityMessagesDay).Int()) {
		return false, err
	}
	update := tx.Attempt.Update().Where(attempt.ID(row.ID)).SetFailures(row.Failures + 1)
	if row.Failures == 0 { // the day begins
		update.SetOpenAt(tx.Wall)
	}
	return true, update.Exec(tx)
}

// Tell sends a person a mail about a change of its credentials (1.4), to its verified
// address, if it has one. It counts with the other messages about such changes.
func Tell(tx *ent.Tx, personID string, mail func(to, personID string, at time.Time) outbox.Message) error {
	return tellBy(tx, ofChange, personID, mail)
}

// TellOfWork sends a person a mail about its work on an account (1.5), to its verified
// address, if it has one. Others cause such mails, as often as they like: so they count
// for the person over all accounts, apart from those about its credentials (5.4).
func TellOfWork(tx *ent.Tx, personID string, mail func(to, personID string, at time.Time) outbox.Message) error {
	return tellBy(tx, ofWork, personID, mail)
}

// Mail sends a person a mail that is always sent and counts with none, to its verified
// address, if it has one.
func Mail(tx *ent.Tx, personID string, mail func(to, personID string, at time.Time) outbox.Message) error {
	return tellBy(tx, uncounted, personID, mail)
}

func tellBy(tx *ent.Tx, kind, personID string, mail func(to, personID string, at time.Time) outbox.Message) error {
	p, err := tx.Person.Get(tx, personID)
	if err != nil {
		return err
	}
	to, err := address.Mailbox(tx.Store(), p)
	if err != nil || to == "" {
		return err
	}
	if kind != uncounted {
		if ok, err := tellable(tx, kind, p.ID); err != nil || !ok {
			return err
		}
	}
	return outbox.Send(tx, mail(to, p.ID, tx.Wall))
}

// tell tells a person about a change of its credentials (1.4): by mail to its
// verified address, or by a short message to its number if it has none.
func tell(tx *ent.Tx, p *db.Person, mail func(to, personID string, at time.Time) outbox.Message, short outbox.Short) error {
	ok, err := tellable(tx, ofChange, p.ID)
	if err != nil || !ok {
		return err
	}
	to, err := address.Mailbox(tx.Store(), p)
	if err != nil {
		return err
	}
	if to != "" {
		return outbox.Send(tx, mail(to, p.ID, tx.Wall))
	}
	phone, err := address.Phone(tx.Store(), p)
	if err != nil {
		return err
	}
	return outbox.SendText(tx, phone, short)
}
