package command

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/actkey"
	"portico/ent/statement"
)

var (
	errTaken = errors.New("command: the key is taken")
	errGone  = errors.New("command: the key's first use was undone")
)

const maxKey = 150

type idempotency struct {
	principal, operation, key, hash string
}

// newIdempotency is what the key of the context stands for; nil without one.
func newIdempotency(ctx context.Context, p *authz.Principal, c Command) (*idempotency, error) {
	key := keyOf(ctx)
	if key == "" {
		return nil, nil
	}
	if err := CheckKey(ctx, key); err != nil {
		return nil, err
	}
	operation, input := c.Name, c.Input
	if r := requestOf(ctx, c); r != nil { // its key isn't the command's own
		operation, input = r.Operation, r.Input
	}
	_, hash, err := Canonical(input)
	if err != nil {
		return nil, fmt.Errorf("command: input of %s: %w", c.Name, err)
	}
	return &idempotency{principal: p.ID, operation: operation, key: key, hash: hash}, nil
}

// Canonical returns an input as JSON, and the hash by which it is compared: the
// SHA-256 of that JSON in hexadecimal.
func Canonical(input any) (text []byte, hash string, err error) {
	if text, err = json.Marshal(input); err != nil {
		return nil, "", err
	}
	return text, HashOf(text), nil
}

// HashOf returns the hash of a canonical input.
func HashOf(text []byte) string {
	h := sha256.Sum256(text)
	return hex.EncodeToString(h[:])
}

// named identifies the key; the zero value is none.
func (i *idempotency) named() statement.Key {
	if i == nil {
		return statement.Key{}
	}
	return statement.Key{Principal: i.principal, Operation: i.operation, Key: i.key}
}

// free returns errTaken if an answer is stored under the key.
func (i *idempotency) free(tx *ent.Tx) error {
	if i == nil {
		return nil
	}
	taken, err := statement.KeyTaken(tx, tx, i.named())
	if err == nil && taken {
		err = errTaken
	}
	return err
}

func (i *idempotency) where(q *db.ActKeyQuery) *db.ActKeyQuery {
	return q.Where(actkey.Principal(i.principal), actkey.Operation(i.operation), actkey.Key(i.key))
}

type storedAnswer struct {
	Refusal *clause.Refusal            `json:"refusal,omitempty"`
	More    clause.Refusals            `json:"more,omitempty"` // the other refusals of the same answer
	Fields  map[string]json.RawMessage `json:"fields,omitempty"`
}

// keeps reports whether a refusal is stored as the answer. An internal error
// isn't, and NOT_FOUND isn't: the object may have been created a moment ago. No
// refusal is if reads may lag behind commits. A refused command has changed
// nothing, so it can run again.
func keeps(s *ent.Store, refused clause.Refusals) bool {
	return s.Current() && !slices.ContainsFunc(refused, func(r clause.Refusal) bool {
		return r.Class != clause.ByRule || errors.Is(r, clause.NotFound)
	})
}

// store stores the first answer: entities as ids, plain fields as they are, a
// refusal as code, field and parameters. It is the last that a command writes. Of
// concurrent duplicates one stores its answer; the others wait for it, are undone,
// and return that answer (errTaken). A refusal that isn't kept takes the key too,
// and gives it back, so that it never replaces the answer of a duplicate.
func (i *idempotency) store(tx *ent.Tx, answer any, refused clause.Refusals) error {
	row := &db.ActKey{Principal: i.principal, Operation: i.operation, Key: i.key, InputHash: i.hash, CreatedAt: tx.Wall}
	kept := len(refused) == 0 || keeps(tx.Store(), refused)
	if kept {
		text, err := Stored(answer, refused)
		if err != nil {
			return err
		}
		row.Answer = &text
	}
	err := ent.Insert(tx, row)
	if ent.IsDuplicate(err) {
		return errTaken
	}
	if err != nil || kept {
		return err
	}
	_, err = tx.ActKey.Delete().Where(actkey.ID(row.ID)).Exec(tx)
	return err
}

// Stored returns an answer as it is kept, or what was refused: JSON with entities as
// ids, refusals as code, clause, field and parameters.
func Stored(answer any, refused clause.Refusals) (string, error) {
	var a storedAnswer
	var err error
	if len(refused) > 0 {
		a.Refusal, a.More = &refused[0], refused[1:]
	} else if a.Fields, err = dismantle(answer); err != nil {
		return "", err
	}
	text, err := json.Marshal(a)
	return string(text), err
}

var nodeType = reflect.TypeFor[db.Node]()

// dismantle turns a payload, a pointer to a struct, into its stored form.
func dismantle(answer any) (map[string]json.RawMessage, error) {
	v := reflect.ValueOf(answer)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return nil, fmt.Errorf("command: an answer under a key must be a payload, not %T", answer)
	}
	v = v.Elem()
	fields := map[string]json.RawMessage{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() || f.Name == "UserErrors" || f.Tag.Get("json") == "-" || v.Field(i).IsZero() {
			continue
		}
		value := v.Field(i).Interface()
		if f.Type.Implements(nodeType) {
			value = value.(db.Node).NodeID()
		}
		b, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		fields[f.Name] = b
	}
	return fields, nil
}

// beforehand returns the first answer again if a command ended with an error because
// a duplicate under its key was done before, or while it ran: then the error is
// errTaken, or what the command came upon because of the duplicate. It isn't that
// answer if no answer is stored.
func beforehand[T any](ctx context.Context, s *ent.Store, i *idempotency, err error) (first T, is bool, stored error) {
	if err == nil || i == nil {
		return first, false, nil
	}
	first, stored = replay[T](ctx, s, i)
	switch {
	case errors.Is(stored, errGone):
		return first, false, nil
	case errors.Is(err, errTaken), stored == nil, len(clause.Refused(stored)) > 0:
		return first, true, stored
	}
	return first, false, nil
}

// replay returns the first answer again, read in a new transaction: objects as
// they are now, and only those that the principal may see.
func replay[T any](ctx context.Context, s *ent.Store, i *idempotency) (T, error) {
	var none T
	var row *db.ActKey
	err := s.Write(ctx, func(tx *ent.Tx) error {
		var err error
		row, err = i.where(tx.ActKey.Query()).Only(tx)
		return err
	})
	if db.IsNotFound(err) {
		return none, errGone
	}
	if err != nil {
		return none, err
	}
	if row.InputHash != i.hash {
		return none, clause.KeyReused
	}
	if row.Answer == nil {
		return none, fmt.Errorf("command: key %s of %s has no answer", row.ID, i.operation)
	}
	var a storedAnswer
	if err := json.Unmarshal([]byte(*row.Answer), &a); err != nil {
		return none, err
	}
	if a.Refusal != nil {
		return none, append(clause.Refusals{*a.Refusal}, a.More...).Err()
	}
	return assemble[T](ctx, s.Read(), a.Fields)
}

func assemble[T any](ctx context.Context, c *db.Client, fields map[string]json.RawMessage) (T, error) {
	var none T
	t := reflect.TypeFor[T]()
	if t.Kind() != reflect.Pointer {
		return none, fmt.Errorf("command: %s is no payload", t)
	}
	v := reflect.New(t.Elem())
	for name, raw := range fields {
		f := v.Elem().FieldByName(name)
		if !f.IsValid() {
			continue // a field of an earlier release
		}
		if !f.Type().Implements(nodeType) {
			if err := json.Unmarshal(raw, f.Addr().Interface()); err != nil {
				return none, err
			}
			continue
		}
		var id string
		if err := json.Unmarshal(raw, &id); err != nil {
			return none, err
		}
		nodes, err := ent.Load(ctx, c, ent.TypeOf(id), id)
		if err != nil {
			return none, err
		}
		if n := nodes[id]; n != nil {
			f.Set(reflect.ValueOf(n))
		}
	}
	return v.Interface().(T), nil
}
