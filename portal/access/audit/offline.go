package audit

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"portico/clause"
)

// The errors of a file that can't be checked.
var (
	// ErrNotAnExport is returned for a file that isn't an export in JSON Lines.
	ErrNotAnExport = errors.New("this is no export of the audit in JSON Lines")
	// ErrFiltered is returned for an export that doesn't have all events of its time.
	ErrFiltered = errors.New("this export was filtered, or made by somebody who may not see accesses: only an export of all events of a time can be checked")
)

// longestLine is the length of the longest line of a file, in bytes.
const longestLine = 16 << 20

// VerifyExport checks an export in JSON Lines without a database: that each sealed
// event is what was sealed, that none is missing, and that none was put in between.
// Digests are those that were kept elsewhere; each must be among the seals, or the
// account's history was sealed anew. For `portico audit verify FILE`. The error is
// [ErrNotAnExport] or [ErrFiltered] for a file that can't be checked.
func VerifyExport(file io.Reader, digests ...string) ([]Finding, error) {
	c := &fileCheck{digests: map[string]bool{}}
	if err := c.read(file); err != nil {
		return nil, err
	}
	if c.head == nil {
		return nil, ErrNotAnExport
	}
	if !c.head.Complete {
		return nil, ErrFiltered
	}
	if c.end == nil || c.end.Seals != len(c.seals) || c.end.Events != len(c.events) {
		c.find(Finding{Finding: Removed, Problem: "the file isn't complete: lines of it are gone"})
	}
	slices.SortFunc(c.seals, func(a, b fileSeal) int { return cmp.Compare(a.Number, b.Number) })
	c.chain()
	for _, d := range digests {
		if !c.digests[d] {
			c.find(Finding{Finding: Changed, Problem: fmt.Sprintf("no seal has the digest %.64s", d)})
		}
	}
	return c.found, nil
}

// fileCheck is a check of a file.
type fileCheck struct {
	head    *fileHeader
	end     *fileEnd
	seals   []fileSeal
	events  []fileEvent
	digests map[string]bool
	until   time.Time // end of the last hour of the seals so far
	found   []Finding
}

func (c *fileCheck) find(f Finding) {
	f.AccountID = c.head.AccountID
	c.found = append(c.found, f)
}

// read reads the lines of the file. Records that it doesn't know are an error.
func (c *fileCheck) read(file io.Reader) error {
	lines := bufio.NewScanner(file)
	lines.Buffer(make([]byte, 64<<10), longestLine)
	for lines.Scan() {
		var kind struct {
			Record string `json:"record"`
		}
		if json.Unmarshal(lines.Bytes(), &kind) != nil || c.head == nil && kind.Record != recordExport {
			return ErrNotAnExport
		}
		if err := c.record(kind.Record, lines.Bytes()); err != nil {
			return err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return ErrNotAnExport
	}
	return lines.Err()
}

func (c *fileCheck) record(kind string, line []byte) (err error) {
	switch kind {
	case recordExport:
		var h fileHeader
		err = json.Unmarshal(line, &h)
		if c.head != nil || h.Version != exportVersion {
			return ErrNotAnExport
		}
		c.head = &h
	case recordSeal:
		err = decoded(line, &c.seals)
	case recordEvent:
		err = decoded(line, &c.events)
	case recordEnd:
		c.end = &fileEnd{}
		err = json.Unmarshal(line, c.end)
	default:
		return ErrNotAnExport
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotAnExport, err)
	}
	return nil
}

func decoded[T any](line []byte, into *[]T) error {
	var v T
	if err := json.Unmarshal(line, &v); err != nil {
		return err
	}
	*into = append(*into, v)
	return nil
}

// chain walks over the seals and the events of each.
func (c *fileCheck) chain() {
	at := map[int64]*fileEvent{}
	var until time.Time
	for _, s := range c.seals {
		until = later(until, s.Until)
	}
	for i := range c.events {
		switch e := &c.events[i]; {
		case e.Chain == nil && e.At.Before(until):
			c.find(Finding{Finding: Inserted, EventID: e.ID, Problem: "the event is dated in an hour that had been sealed without it"})
		case e.Chain == nil:
		case at[e.Chain.Position] != nil:
			c.find(Finding{Finding: Inserted, EventID: e.ID, Position: e.Chain.Position, Problem: "two events have this place"})
		default:
			at[e.Chain.Position] = e
		}
	}
	value := c.head.Head
	for i := range c.seals {
		value = c.seal(i, at, value)
	}
	for _, e := range at {
		c.find(Finding{Finding: Inserted, EventID: e.ID, Position: e.Chain.Position, Problem: "no seal has the place of this event"})
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// seal checks a seal and its events, which it takes from at, and returns its head.
func (c *fileCheck) seal(i int, at map[int64]*fileEvent, value string) string {
	s := &c.seals[i]
	find := func(finding, problem string) { c.find(Finding{Finding: finding, SealID: s.ID, Problem: problem}) }
	c.digests[s.Digest] = true
	known := true
	switch {
	case i > 0 && s.Number != c.seals[i-1].Number+1:
		find(Removed, fmt.Sprintf("the seals %d to %d are gone", c.seals[i-1].Number+1, s.Number-1))
		known = false
	case i > 0 && s.Previous != c.seals[i-1].Digest, i == 0 && (s.Number == 1) != (s.Previous == ""):
		find(Changed, "the seal doesn't follow the one before")
	case s.Digest != digestOf(s.row(c.head.AccountID)):
		find(Changed, "the seal isn't what its digest was made of")
	}
	if i > 0 && known && (s.Until.Before(c.until) || s.Until.Equal(c.seals[i-1].Until) && c.seals[i-1].Events < mostSealed) {
		find(Inserted, "its events are dated in an hour that had been sealed without them")
	}
	c.until = later(c.until, s.Until)
	kept := c.head.CreatedAt.Add(-clause.Standard(clause.RetentionAudit).Elapsed())
	for p := s.Last - s.Events + 1; p <= s.Last; p++ {
		e := at[p]
		delete(at, p)
		if e == nil {
			if !s.From.Before(kept) {
				c.find(Finding{Finding: Removed, SealID: s.ID, Position: p, Problem: "the event of this place is gone"})
			}
			known = false
			continue
		}
		row, hidden := e.row(c.head.AccountID)
		if known && chained(value, c.head.AccountID, row, hidden) != e.Chain.Value || !e.shown() {
			c.find(Finding{Finding: Changed, SealID: s.ID, EventID: e.ID, Position: p, Problem: "the event isn't what was sealed"})
		}
		value, known = e.Chain.Value, true
	}
	if known && value != s.Head {
		find(Changed, "its last event isn't the one that was sealed last")
	}
	return s.Head
}
