package statement

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	entschema "entgo.io/ent"
	"entgo.io/ent/schema/field"
	"github.com/oklog/ulid/v2"

	"portico/ent"
	"portico/ent/schema"
)

// sealed lists the tables of documents and of the data that they rest on.
// Everything that is written once in them is part of the seal of its day. None
// of them is ever purged.
var sealed = []struct {
	table, prefix string
	of            entschema.Interface
	// words are further columns that never change, although their type can't
	// express it.
	words []string
}{
	{"acceptances", "acpt", schema.Acceptance{}, []string{"how"}}, {"accounts", "acct", schema.Account{}, []string{"subject_kind"}}, {"arrears", "arrs", schema.Arrears{}, nil},
	{"bills", "bill", schema.Bill{}, []string{"unit", "class"}}, {"bill_lines", "bilt", schema.BillLine{}, nil}, {"closings", "clsg", schema.Closing{}, []string{"reason"}}, {"fees", "feeo", schema.Fee{}, nil},
	{"holdings", "hold", schema.Holding{}, nil}, {"invoices", "invc", schema.Invoice{}, []string{"kind", "medium"}}, {"invoice_items", "invt", schema.InvoiceItem{}, nil},
	{"orders", "ordr", schema.Order{}, nil}, {"order_lines", "ordl", schema.OrderLine{}, nil}, {"overrides", "ovrd", schema.Override{}, nil},
	{"payments", "paym", schema.Payment{}, nil}, {"payment_events", "pmev", schema.PaymentEvent{}, nil}, {"prices", "pric", schema.Price{}, nil}, {"restrictions", "rstr", schema.Restriction{}, []string{"scope"}},
	{"services", "serv", schema.Service{}, []string{"charging", "class"}}, {"terms", "term", schema.Terms{}, []string{"kind"}}, {"top_ups", "topu", schema.TopUp{}, []string{"channel"}},
}

// Documents describes what was written to a table of documents in a period: by
// the times of the rows' ids, in the columns that never change and aren't
// encrypted.
type Documents struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
	Rows    int64    `json:"rows"`
	Hash    string   `json:"hash"`
}

// DocumentsBetween computes a hash of what was written between two instants of
// wall time, for each table, without keeping rows in memory. If as is given, it
// uses the tables and columns of as. Only the system may call it.
func DocumentsBetween(ctx context.Context, s *ent.Store, from, to time.Time, as []Documents) ([]Documents, error) {
	if !bySystem(ctx) {
		return nil, errNotSystem
	}
	var all []Documents
	for _, t := range sealed {
		types := columnTypes(t.of, t.words)
		d := Documents{Table: t.table}
		if as == nil {
			for _, c := range types {
				d.Columns = append(d.Columns, c.name)
			}
		}
		for _, old := range as {
			if old.Table == t.table {
				d.Columns = old.Columns
			}
		}
		if len(d.Columns) == 0 {
			continue
		}
		if err := hash(ctx, s, &d, types, bound(t.prefix, from), bound(t.prefix, to)); err != nil {
			return nil, fmt.Errorf("documents of %s: %w", t.table, err)
		}
		all = append(all, d)
	}
	return all, nil
}

// bound returns the smallest id with a prefix that can have been made at an
// instant.
func bound(prefix string, at time.Time) string {
	var id ulid.ULID
	_ = id.SetTime(ulid.Timestamp(at.Truncate(time.Millisecond))) // in range until the year 10889
	return prefix + "_" + id.String()[:10]
}

// column is a column that never changes.
type column struct {
	name string
	kind field.Type
}

// columnTypes returns the columns of an entity that never change, starting with
// the id.
func columnTypes(of entschema.Interface, words []string) []column {
	var fields []entschema.Field
	for _, m := range of.Mixin() {
		fields = append(fields, m.Fields()...)
	}
	var all []column
	for _, f := range append(fields, of.Fields()...) {
		d := f.Descriptor()
		name := cmp.Or(d.StorageKey, d.Name)
		if (d.Immutable || slices.Contains(words, name)) && d.Info.Type != field.TypeBytes {
			all = append(all, column{name, d.Info.Type})
		}
	}
	return all
}

// hash reads rows and hashes them.
func hash(ctx context.Context, s *ent.Store, d *Documents, types []column, from, to string) error {
	values := make([]any, len(d.Columns))
	for i, name := range d.Columns {
		for _, c := range types {
			if c.name == name {
				values[i] = holder(c.kind)
			}
		}
		if values[i] == nil {
			return fmt.Errorf("no column %.40q", name)
		}
	}
	rows, err := s.Read().QueryContext(ctx, "SELECT `"+strings.Join(d.Columns, "`, `")+"` FROM "+d.Table+" WHERE id >= ? AND id < ? ORDER BY id", from, to)
	if err != nil {
		return err
	}
	defer rows.Close()
	h := sha256.New()
	for rows.Next() {
		if err := rows.Scan(values...); err != nil {
			return err
		}
		d.Rows++
		for _, v := range values {
			text := canonical(v)
			_, _ = fmt.Fprintf(h, "%d:%s;", len(text), text) // a hash never fails
		}
	}
	d.Hash = hex.EncodeToString(h.Sum(nil))
	return rows.Err()
}

// holder returns a destination for a value of a type, which may be null.
func holder(kind field.Type) any {
	switch kind {
	case field.TypeInt64, field.TypeInt:
		return &sql.NullInt64{}
	case field.TypeBool:
		return &sql.NullBool{}
	case field.TypeTime:
		return &sql.NullTime{}
	}
	return &sql.NullString{}
}

// canonical returns the form in which a value is hashed: a letter for its type,
// and its text.
func canonical(v any) string {
	switch v := v.(type) {
	case *sql.NullInt64:
		if v.Valid {
			return "i" + strconv.FormatInt(v.Int64, 10)
		}
	case *sql.NullBool:
		if v.Valid {
			return "b" + strconv.FormatBool(v.Bool)
		}
	case *sql.NullTime:
		if v.Valid {
			return "t" + v.Time.UTC().Format(time.RFC3339Nano)
		}
	case *sql.NullString:
		if v.Valid {
			return "s" + v.String
		}
	}
	return ""
}
