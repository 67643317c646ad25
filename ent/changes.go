package ent

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"

	"entgo.io/ent"

	"portico/ent/db"
)

// Change is a value that a transaction changed (1.2). Texts are as the API writes
// them: times in RFC 3339, amounts with their currency, lists as JSON. Personal
// data is masked.
type Change struct {
	// ObjectID is the id of the row, and AccountID its account; empty if it belongs
	// to none.
	ObjectID  string `json:"objectId"`
	AccountID string `json:"-"`
	// Field is the type and the field, such as Account.displayName.
	Field string `json:"field"`
	// Before and After are the values; nil if there is none.
	Before *string `json:"before"`
	After  *string `json:"after"`

	// differs is set for personal data that differs, perhaps only where it is masked.
	differs bool
}

// unwatched are the types whose changes aren't recorded, and why.
var unwatched = map[string]string{
	"ActKey": "the answers to repeated requests", "Attempt": "counts of tries", "Captcha": "a secret", "EmailLink": "a secret", "PhoneCode": "a secret",
	"SessionToken": "a secret", "SignInChallenge": "a secret", "PasskeyChallenge": "a secret", "FormerPassword": "a secret", "VisitorTally": "counts of requests", "AuditEvent": "the audit itself", "AuditLink": "the audit itself", "AuditSeal": "the audit itself",
	"Balance": "each change is a booking, with its entries", "Fee": "each change is a booking or an invoice", "GrantMonth": "each change is an order, whose event names the grant", "LedgerEntry": "never changes",
	"LedgerTransaction": "only its chain is added later", "LedgerDay": "never changes", "Lease": "the jobs' own", "Sequence": "a counter", "SandboxClock": "the command states it",
	"SealingKey": "the keys' own", "Message": "the delivery of messages", "NoticeMark": "what a person has read", "NoticeReceipt": "what a person has read",
	"Membership": "the command's event names the members", "NoticeTarget": "never changes", "UsageEvent": "what the data plane reports", "UsageTotal": "sums of what the data plane reports",
	"UsagePeriod": "closed once, by a command whose event names it",
}

func watched(typ string) bool { _, not := unwatched[typ]; return !not }

// unshown reports whether a column is kept for the program alone.
func unshown(column string) bool {
	return column == "version" || column == "last_used_at" || column == "idle_since" || column == "first_password_used_at" || strings.HasSuffix(column, "_key")
}

// mostRemembered is how many rows that a transaction read are remembered. Others
// are read again if they are changed.
const mostRemembered = 2000

// changes records what a transaction changes.
type changes struct {
	store    *Store
	recorded bool
	rows     map[string]db.Node        // that were read, by id
	fresh    map[string]bool           // that were created in the transaction, by id
	latest   map[string]map[string]any // values that were written, by id and column
	list     []Change
}

// RecordChanges records from now on what the transaction changes, whatever the
// statement. It is for package command.
func (tx *Tx) RecordChanges() { tx.changes.recorded = true }

// Changes returns what the transaction changed since [Tx.RecordChanges] or
// [Tx.ForgetChanges]: each value once, as it was first and is now.
func (tx *Tx) Changes() []Change {
	return slices.DeleteFunc(slices.Clone(tx.changes.list), func(c Change) bool { return !c.differs && same(c.Before, c.After) })
}

// ForgetChanges is called after [Tx.Back].
func (tx *Tx) ForgetChanges() {
	*tx.changes = changes{store: tx.store, recorded: tx.changes.recorded}
}

// Changed records that a statement written by hand changed a row: the row as it was,
// and the new values by column.
func (tx *Tx) Changed(was db.Node, values map[string]any) {
	if !tx.changes.recorded {
		return
	}
	for _, column := range slices.Sorted(maps.Keys(values)) {
		tx.changes.set(was, column, values[column], true)
	}
}

func same(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b }

// rememberRead remembers the rows that a query in a recorded transaction reads, so
// that the values before a change mostly cost no statement.
func rememberRead(next ent.Querier) ent.Querier {
	return ent.QuerierFunc(func(ctx context.Context, q ent.Query) (ent.Value, error) {
		v, err := next.Query(ctx, q)
		c := changesOf(ctx)
		if err != nil || c == nil {
			return v, err
		}
		if rows := reflect.ValueOf(v); rows.Kind() == reflect.Slice && rows.Type().Elem().Implements(nodeType) && !isPartial(ctx) {
			for i := range rows.Len() {
				c.remember(rows.Index(i).Interface().(db.Node))
			}
		}
		return v, nil
	})
}

var nodeType = reflect.TypeFor[db.Node]()

// isPartial reports whether the query of the context selects only some columns.
func isPartial(ctx context.Context) bool {
	q := ent.QueryFromContext(ctx)
	return q != nil && len(q.Fields) > 0
}

func (c *changes) remember(n db.Node) {
	if c.rows == nil {
		c.rows = map[string]db.Node{}
	}
	if _, known := c.rows[n.NodeID()]; known || len(c.rows) < mostRemembered {
		c.rows[n.NodeID()] = n
		delete(c.latest, n.NodeID())
	}
}

func (c *changes) created(id string) {
	if c.fresh == nil {
		c.fresh = map[string]bool{}
	}
	c.fresh[id] = true
}

// recorded runs a mutation, and records which values it changed.
func recorded(ctx context.Context, m ent.Mutation, next ent.Mutator) (ent.Value, error) {
	c := changesOf(ctx)
	changing, is := m.(db.Changing)
	switch {
	case c == nil || !is || !watched(m.Type()):
		return next.Mutate(ctx, m)
	case m.Op().Is(ent.OpCreate):
		v, err := next.Mutate(ctx, m)
		if n, is := v.(db.Node); is && err == nil {
			c.created(n.NodeID())
		}
		return v, err
	}
	deletes := m.Op().Is(ent.OpDelete | ent.OpDeleteOne)
	if !deletes && !c.shows(m) {
		return next.Mutate(ctx, m)
	}
	rows, err := c.before(ctx, changing)
	if err != nil {
		return nil, err
	}
	v, err := next.Mutate(ctx, m)
	if n, counted := v.(int); err != nil || counted && n == 0 {
		return v, err
	}
	for _, row := range rows {
		if deletes {
			c.deleted(row)
		} else {
			c.changed(m, row)
		}
	}
	return v, nil
}

// shows reports whether a mutation changes a column that is recorded.
func (c *changes) shows(m ent.Mutation) bool {
	shown := func(column string) bool { return !unshown(column) }
	return slices.ContainsFunc(m.Fields(), shown) || slices.ContainsFunc(m.AddedFields(), shown) || slices.ContainsFunc(m.ClearedFields(), shown)
}

// before returns the rows that a mutation is about to change, without those that the
// transaction created.
func (c *changes) before(ctx context.Context, m db.Changing) (rows []db.Node, err error) {
	ids, known := m.Named(), true
	for _, id := range ids {
		if c.fresh[id] {
			continue
		}
		row := c.rows[id]
		if known = known && row != nil; known {
			rows = append(rows, row)
		}
	}
	if len(ids) > 0 && known {
		return rows, nil
	}
	rows, err = m.Rows(ctx)
	return slices.DeleteFunc(rows, func(n db.Node) bool { return c.fresh[n.NodeID()] }), err
}

// changed records what a mutation set in a row.
func (c *changes) changed(m ent.Mutation, row db.Node) {
	for _, column := range m.ClearedFields() { // a value that is set after all comes later
		c.set(row, column, nil, true)
	}
	for _, column := range m.Fields() {
		if added, is := m.AddedField(column); is {
			if was, number := c.value(row, column).(int64); number {
				if plus, number := added.(int64); number {
					c.set(row, column, was+plus, true)
				}
			}
		} else if value, is := m.Field(column); is {
			c.set(row, column, value, true)
		}
	}
	for _, column := range m.AddedFields() {
		if added, is := m.AddedField(column); is && !slices.Contains(m.Fields(), column) {
			was, _ := c.value(row, column).(int64)
			plus, _ := added.(int64)
			c.set(row, column, was+plus, true)
		}
	}
}

// deleted records that a row is gone: each value that it had.
func (c *changes) deleted(row db.Node) {
	for _, column := range columnsOf(row).names[1:] {
		if column != accountColumn {
			c.set(row, column, nil, false)
		}
	}
}

// value returns the value of a column of a row, as the transaction last wrote or read
// it; nil if there is none.
func (c *changes) value(row db.Node, column string) any {
	if v, is := c.latest[row.NodeID()][column]; is {
		return v
	}
	i, is := columnsOf(row).at[column]
	if !is {
		return nil
	}
	v := reflect.ValueOf(row).Elem().Field(i)
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	return v.Interface()
}

// set records a new value of a column. A secret isn't recorded, unless it is
// personal data, which is masked.
func (c *changes) set(row db.Node, column string, value any, lasts bool) {
	cols := columnsOf(row)
	i, is := cols.at[column]
	if !is || unshown(column) {
		return
	}
	personal := cols.typ.Field(i).Tag.Get("json") == "-"
	if personal && cols.typ.Field(i).Type != bytesType && cols.typ.Field(i).Type != reflect.PointerTo(bytesType) {
		return
	}
	before, after := c.value(row, column), plain(value)
	if lasts {
		if c.latest == nil {
			c.latest = map[string]map[string]any{}
		}
		if c.latest[row.NodeID()] == nil {
			c.latest[row.NodeID()] = map[string]any{}
		}
		c.latest[row.NodeID()][column] = after
	}
	ch := Change{ObjectID: row.NodeID(), Field: cols.typ.Name() + "." + fieldName(column), AccountID: accountOf(row)}
	if personal {
		ch.Before, ch.After = c.masked(cols, column, before), c.masked(cols, column, after)
		ch.differs = !c.equal(cols, column, before, after)
	} else {
		currency, _ := c.value(row, "currency").(string)
		ch.Before, ch.After = written(column, before, currency), written(column, after, currency)
	}
	for k, old := range c.list {
		if old.ObjectID == ch.ObjectID && old.Field == ch.Field {
			c.list[k].After, c.list[k].differs = ch.After, old.differs || ch.differs
			return
		}
	}
	if ch.differs || !same(ch.Before, ch.After) {
		c.list = append(c.list, ch)
	}
}
