package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/text"
)

// The bytes that are hashed are documented in the README, so that somebody else can
// check an export. Another way to hash gets another version.
const (
	eventVersion = "portico.audit.1"
	sealVersion  = "portico.auditseal.1"
	saltDomain   = "audit.salt"
)

// Parts of an event that not every reader may see. The chain holds a salted hash of
// each, so that it can be checked without them.
const (
	partActor   = "actor"
	partAddress = "address"
	partRequest = "request"
)

// parts are the salted hashes of the parts of an event.
type parts struct{ actor, address, request string }

// saltOf returns the salt of a part of an event.
func saltOf(s *ent.Store, eventID, part string) string {
	return s.Index(saltDomain, part+"|"+eventID)
}

// hashOf hashes texts, each with its length, so that the boundary between two texts
// counts.
func hashOf(texts ...string) string {
	h := sha256.New()
	write(h, texts...)
	return hex.EncodeToString(h.Sum(nil))
}

func write(h io.Writer, texts ...string) {
	for _, t := range texts {
		_, _ = fmt.Fprintf(h, "%d:%s;", len(t), t) // a hash never fails
	}
}

func figure(n int64) string { return strconv.FormatInt(n, 10) }

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func partsOf(s *ent.Store, e *db.AuditEvent) parts {
	return parts{
		actor:   hashOf(saltOf(s, e.ID, partActor), e.ActorID),
		address: hashOf(saltOf(s, e.ID, partAddress), e.IPAddress),
		request: hashOf(saltOf(s, e.ID, partRequest), e.Agent, e.CorrelationID),
	}
}

// chained returns the chain value of an event that follows the one with the given
// value in the chain of an account.
func chained(previous, chain string, e *db.AuditEvent, p parts) string {
	return hashOf(eventVersion, previous, chain, e.ID, e.AccountID, instant(e.At), string(e.ActorKind), e.ActingAs, e.Action, e.ObjectID,
		string(e.Result), e.Code, e.Clause, e.SealedBy, e.Details, text.Value(e.Changes), p.actor, p.address, p.request)
}

// digestOf returns the digest of a seal.
func digestOf(s *db.AuditSeal) string {
	return hashOf(sealVersion, s.Previous, s.AccountID, figure(s.Number), instant(s.FromAt), instant(s.ToAt), instant(s.UntilAt),
		figure(s.Events), figure(s.Last), s.Head, instant(s.SealedAt))
}

// chainOf returns the account of the chain that an event is sealed in. An access under
// clause 5.12 is not in the account's chain, or the chain would show that there is one.
func chainOf(e *db.AuditEvent) string {
	if e.SealedBy != "" {
		return ""
	}
	return e.AccountID
}
