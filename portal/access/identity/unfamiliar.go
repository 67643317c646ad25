package identity

import (
	"net/netip"
	"strings"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/attempt"
	"portico/ent/db/session"
	"portico/portal/kernel/address"
	"portico/portal/kernel/outbox"
)

// What is new about a sign-in.
const (
	fromNewNetwork = "NETWORK"
	fromNewClient  = "CLIENT"
)

// compared is how many earlier sessions of a person a sign-in is compared with.
const compared = 100

// unfamiliar returns what is new about a sign-in of a person: its network, or its
// kind of client; nil if the person was there before, or never signed in (1.4).
func unfamiliar(tx *ent.Tx, personID string) (*string, error) {
	by := tx.Principal()
	if by.Kind == authz.System {
		return nil, nil
	}
	p, err := tx.Person.Get(tx, personID)
	if err != nil {
		return nil, err
	}
	earlier, err := tx.Session.Query().Where(session.PersonID(p.ID)).
		Order(db.Desc(session.FieldCreatedAt, session.FieldID)).Limit(compared).All(tx)
	if err != nil || len(earlier) == 0 {
		return nil, err
	}
	var pairs []string
	for _, index := range loginsOf(p) {
		pairs = append(pairs, subjectOf(tx.Store(), ofPair, pairOf(index, by.Network())))
	}
	known, err := tx.Attempt.Query().Where(attempt.SubjectIn(pairs...)).Exist(tx)
	if err != nil {
		return nil, err
	}
	news := fromNewNetwork
	if known {
		for _, s := range earlier {
			if kindOf(s.Agent) == kindOf(by.Agent) {
				return nil, nil
			}
		}
		news = fromNewClient
	}
	return &news, nil
}

// kindOf returns a user agent without its version numbers, so that an update of a
// browser isn't another kind of client.
func kindOf(agent string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '.' {
			return -1
		}
		return r
	}, agent)
}

// tellEntry tells the verified address of a person about a sign-in from where it
// never was. The mail names the network address, and nothing that the client
// chose.
func tellEntry(tx *ent.Tx, personID string) error {
	p, err := tx.Person.Get(tx, personID)
	if err != nil {
		return err
	}
	to, err := address.Mailbox(tx.Store(), p)
	if err != nil || to == "" {
		return err
	}
	ok, err := tellable(tx, ofEntry, p.ID)
	if err != nil || !ok {
		return err
	}
	from, _ := netip.ParseAddr(tx.Principal().Address)
	return outbox.Send(tx, outbox.SignInMail(to, p.ID, tx.Wall, from))
}
