package floor

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// placing is an order that is being placed.
type placing struct {
	f   *Floor
	tx  *sql.Tx
	ctx context.Context
	now time.Time
	who *who
	in  input

	grants                             []grant
	address, agent                     string
	account, product, region, country  string
	planVersion                        int64
	planNames                          [2]string
	charging, class, limits, wants     string
	currency, body                     string
	partner                            sql.NullString
	free                               bool
	total                              int64
	unitPrice                          string
	times, months                      int
	running                            string
	from                               time.Time
	orderID, serviceID, number         string
	cash, bonus, cashAfter, bonusAfter int64
	version                            int64
	balanceID, transactionID           string
}

type input struct {
	AccountID     string `json:"accountId"`
	PlanID        string `json:"planId"`
	ApplicationID string `json:"applicationId"`
	Term          struct {
		Unit  string `json:"unit"`
		Count int    `json:"count"`
	} `json:"term"`
	ExpectedTotal amount `json:"expectedTotal"`
}

const bodyLimit = 1 << 20

// place places an order for a prepaid plan. It does all or nothing, and only
// once for each key.
func (f *Floor) place(ctx context.Context, p *who, r *http.Request) (any, error) {
	o := &placing{f: f, ctx: ctx, now: f.now().UTC().Truncate(time.Microsecond), who: p, agent: r.UserAgent()}
	o.address, _, _ = net.SplitHostPort(r.RemoteAddr)
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, bodyLimit)).Decode(&o.in); err != nil {
		return nil, errMalformed
	}
	key := r.Header.Get("Idempotency-Key")
	if key == "" || len(key) > 150 {
		return nil, errMalformed
	}
	var err error
	if o.grants, err = p.may("order:place", o.in.AccountID, o.in.ApplicationID); err != nil {
		return nil, err
	}
	if o.tx, err = f.write.BeginTx(ctx, nil); err != nil {
		return nil, err
	}
	defer func() { _ = o.tx.Rollback() }()
	answer, err := o.run(key)
	if err != nil {
		return nil, err
	}
	return answer, f.commit(o.tx)
}

func (o *placing) run(key string) (*order, error) {
	canonical, err := json.Marshal(o.in)
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(canonical)
	keyID := newID("akey")
	if err := o.exec(claimKey, keyID, o.who.person, key, hex.EncodeToString(hash[:]), o.now); err != nil {
		return nil, err
	}
	for _, step := range []func() error{o.find, o.conduct, o.standing, o.price, o.current, o.pay, o.open, o.write} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if err := o.exec(audit, newID("audt"), o.account, o.now, o.who.person, o.who.as(o.account), o.orderID, o.address, o.agent, newID("corr")); err != nil {
		return nil, err
	}
	stored, err := json.Marshal(map[string]string{"order": o.orderID})
	if err != nil {
		return nil, err
	}
	return &order{ID: o.orderID, Number: o.number, Status: "FULFILLED", Total: amountOf(o.total, o.currency), PlacedAt: o.now}, o.exec(answerKey, string(stored), keyID)
}

func newID(prefix string) string { return prefix + "_" + ulid.Make().String() }

func (o *placing) exec(query string, args ...any) error {
	_, err := o.tx.StmtContext(o.ctx, o.f.statements[query]).ExecContext(o.ctx, args...)
	return err
}

// changed executes a conditional update. It returns false if the condition
// isn't met.
func (o *placing) changed(query string, args ...any) (bool, error) {
	r, err := o.tx.StmtContext(o.ctx, o.f.statements[query]).ExecContext(o.ctx, args...)
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n > 0, err
}

func (o *placing) row(query string, args ...any) *sql.Row {
	return o.tx.StmtContext(o.ctx, o.f.statements[query]).QueryRowContext(o.ctx, args...)
}

// find reads the application, the plan and the holder of the account.
func (o *placing) find() error {
	var status string
	var selfService bool
	var withdrawn sql.NullTime
	err := o.row(findQuery, o.in.PlanID, o.in.ApplicationID).Scan(&o.account, &status, &o.region, &o.country, &o.product, &o.planVersion,
		&o.planNames[0], &o.planNames[1], &o.charging, &o.class, &o.wants, &o.currency, &o.free, &selfService, &o.limits, &withdrawn, &o.body, &o.partner)
	switch {
	case errors.Is(err, sql.ErrNoRows) || err == nil && o.account != o.in.AccountID:
		return errNotFound
	case err != nil:
		return err
	case status != "ACTIVE" || !selfService || withdrawn.Valid || o.charging != "PREPAID":
		return refused{http.StatusConflict, "NOT_ORDERABLE"}
	case o.wants == "MAINLAND" && (o.region == "OVERSEAS" || o.country != "CN"), o.wants == "OVERSEAS" && o.region != "OVERSEAS" && o.country == "CN":
		return refused{http.StatusConflict, "REGION"}
	}
	return nil
}

// conduct checks that no amendment waits for the owner's acceptance by conduct
// (0).
func (o *placing) conduct() error {
	var id string
	switch err := o.row(conductQuery, o.now, o.now, o.account).Scan(&id); {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	return errors.New("floor: no amendment is in force where it is measured")
}

// standing checks that nothing restricts the account.
func (o *placing) standing() error {
	rows, err := o.tx.StmtContext(o.ctx, o.f.statements[restrictionsQuery]).QueryContext(o.ctx, o.account, o.now, o.now)
	if err != nil {
		return err
	}
	defer rows.Close()
	inForce := map[string]bool{}
	for rows.Next() {
		var id string
		var lifts sql.NullString
		if err := rows.Scan(&id, &lifts); err != nil {
			return err
		}
		if lifts.Valid {
			delete(inForce, lifts.String)
		} else {
			inForce[id] = true
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if len(inForce) > 0 {
		return refused{http.StatusConflict, "RESTRICTED"}
	}
	return nil
}

// price finds the price in force, and checks the price that was shown and the
// spending limit.
func (o *placing) price() error {
	var count int64
	var places string
	err := o.row(priceQuery, o.in.PlanID, o.in.Term.Unit, o.now).Scan(&count, &o.unitPrice)
	if err != nil {
		return refused{http.StatusConflict, "NO_PRICE"}
	}
	if o.in.Term.Count < 1 || o.in.Term.Count > 36 || int64(o.in.Term.Count)%count != 0 {
		return refused{http.StatusConflict, "TERM"}
	}
	o.times = o.in.Term.Count / int(count)
	o.months = o.in.Term.Count
	if o.in.Term.Unit == "YEAR" {
		o.months *= 12
	}
	whole, places, _ := strings.Cut(o.unitPrice, ".")
	var minor int64
	for _, c := range whole + (places + "00")[:2] {
		minor = minor*10 + int64(c-'0')
	}
	o.total = minor * int64(o.times)
	if o.in.ExpectedTotal != amountOf(o.total, o.currency) {
		return refused{http.StatusConflict, "PRICE_CHANGED"}
	}
	for _, g := range o.grants {
		if !g.limit.Valid || o.total <= g.limit.Int64 {
			return nil
		}
	}
	return refused{http.StatusConflict, "SPENDING_LIMIT"}
}

// current finds the service that the new one replaces, and the zone.
func (o *placing) current() error {
	zone := o.f.zone
	var name string
	switch err := o.row(zoneQuery, o.account, o.now, o.now).Scan(&name); {
	case err == nil:
		if zone, err = time.LoadLocation(name); err != nil {
			return err
		}
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	o.orderID, o.serviceID = newID("ordr"), newID("serv")
	o.number = o.now.In(zone).Format("20060102") + "-" + rand.Text()[:8]
	o.from = o.now.In(zone)
	var plan string
	var expires sql.NullTime
	err := o.row(runningQuery, o.in.ApplicationID+"|"+o.product).Scan(&o.running, &plan, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if plan == o.in.PlanID && expires.Valid && expires.Time.After(o.now) {
		o.from = expires.Time.In(zone)
	}
	return err
}
