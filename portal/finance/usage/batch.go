package usage

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/application"
	"portico/ent/db/service"
	"portico/ent/statement"
	"portico/money"
	"portico/portal/kernel/command"
	"portico/portal/offer/catalog"
	"portico/portal/offer/rating"
)

// tick is how fine times are kept.
const tick = time.Microsecond

// idsPerQuery keeps a query's parameters below what either engine takes.
const idsPerQuery = 1000

// batch is one report: its events, what they are judged by, and what became of
// them. What they are judged by is read in a few statements for all events.
type batch struct {
	tx     *command.Tx
	events []event

	counted  map[eventID]*statement.UsageRow
	accounts map[string]string        // by application; only of those that exist
	services map[string][]*db.Service // by application, the latest first
	meters   *catalog.Measures
	limits   map[limitKey]limit
	levels   map[gauge]level          // of those that count together, as of the events judged so far
	sums     map[shared]money.Decimal // of these levels
	periods  periods
	rates    map[rateKey]*rating.Rate

	accepted    []accepted
	duplicates  int
	adjustments []UsageAdjustment // of those accepted
	over        []UsageOverLimit  // of those accepted
	rejected    []UsageRejection
}

// accepted is an event that counts.
type accepted struct {
	statement.UsageRow
	running *db.Service // that measured it
	gauge   bool
	in      *period // that it is billed in; nil for what isn't billed
}

// findCounted reads which events were counted before.
func (b *batch) findCounted() error {
	b.counted = make(map[eventID]*statement.UsageRow, len(b.events))
	bySource := map[string][]string{}
	for i := range b.events {
		e := &b.events[i]
		bySource[e.Source] = append(bySource[e.Source], e.EventID)
	}
	for source, ids := range bySource {
		if err := statement.CountedUsage(b.tx.Tx, source, ids, func(r statement.UsageRow) { b.counted[eventID{source, r.EventID}] = &r }); err != nil {
			return err
		}
	}
	return nil
}

// findServices reads the applications, their services, and what these measure.
func (b *batch) findServices() error {
	wanted := map[string]bool{}
	for i := range b.events {
		wanted[b.events[i].ApplicationID] = true
	}
	b.services = map[string][]*db.Service{}
	products := map[string]bool{}
	for part := range slices.Chunk(slices.Collect(maps.Keys(wanted)), idsPerQuery) {
		services, err := b.tx.Service.Query().Where(service.ApplicationIDIn(part...)).
			Order(db.Desc(service.FieldOpenedAt, service.FieldID)).All(b.tx)
		if err != nil {
			return err
		}
		for _, s := range services {
			b.services[s.ApplicationID] = append(b.services[s.ApplicationID], s)
			products[s.ProductID] = true
		}
	}
	var err error
	if b.meters, err = catalog.Meters(b.tx, b.tx.Client(), slices.Collect(maps.Keys(products))); err != nil {
		return err
	}
	for i := range b.events {
		e := &b.events[i]
		e.running, e.gauge = b.at(e.ApplicationID, e.Metric, e.At)
	}
	return b.findApplications(wanted)
}

// findApplications reads the applications that never had a service, of those wanted.
// The others exist, and are the accounts' of their services.
func (b *batch) findApplications(wanted map[string]bool) error {
	b.accounts = make(map[string]string, len(wanted))
	for id := range wanted {
		if list := b.services[id]; len(list) > 0 {
			b.accounts[id] = list[0].AccountID
			delete(wanted, id)
		}
	}
	for part := range slices.Chunk(slices.Collect(maps.Keys(wanted)), idsPerQuery) {
		apps, err := b.tx.Application.Query().Where(application.IDIn(part...)).All(b.tx)
		if err != nil {
			return err
		}
		for _, a := range apps {
			b.accounts[a.ID] = a.AccountID
		}
	}
	return nil
}

// at finds the service of an application that measured a metric at a time: it
// had opened by then (in the same second, at the latest) and hadn't ended.
func (b *batch) at(applicationID, metric string, at time.Time) (running *db.Service, gauge bool) {
	for _, s := range b.services[applicationID] { // the latest first
		gauge, measures := b.meters.Gauge[catalog.Meter{ProductID: s.ProductID, Metric: metric}]
		if measures && !at.Before(s.OpenedAt.Truncate(time.Second)) && provided(s, at) {
			return s, gauge
		}
	}
	return nil, false
}

// provided reports whether a service had not ended at a time. Standing may have
// stopped it: what was provided all the same is owed (3.6).
func provided(s *db.Service, at time.Time) bool {
	if s.ExpiresAt != nil && !at.Before(*s.ExpiresAt) {
		return false
	}
	return s.Status == service.StatusRUNNING || s.ClosedAt == nil || at.Before(*s.ClosedAt)
}

// judge accepts or rejects each event, in the order of the input.
func (b *batch) judge() error {
	b.accepted = make([]accepted, 0, len(b.events))
	for i := range b.events {
		e := &b.events[i]
		if before, is := b.counted[e.id()]; is {
			b.repeat(e, before)
			continue
		}
		in, refusal, err := b.room(e)
		if err != nil {
			return err
		}
		if refusal != nil {
			b.reject(e, *refusal)
			continue
		}
		b.accept(e, in)
	}
	return nil
}

// repeat judges an event whose source and id were counted before: the same event
// is a duplicate, another is rejected.
func (b *batch) repeat(e *event, before *statement.UsageRow) {
	if before.ApplicationID == e.ApplicationID && before.Metric == e.Metric && before.Micros == e.micros && before.At.Equal(e.At) {
		b.duplicates++
		return
	}
	b.reject(e, Conflict)
}

// room finds the period that an event is billed in, and adds the event to it; or
// the refusal of the event.
func (b *batch) room(e *event) (*period, *clause.Refusal, error) {
	if refusal := b.refusal(e); refusal != nil {
		return nil, refusal, nil
	}
	in := b.billedIn(e)
	if in == nil {
		return nil, nil, nil
	}
	worth, known, err := b.worth(e)
	if err != nil {
		return nil, nil, err
	}
	if !known || !in.takes(e.micros, worth) {
		tooLarge := AmountTooLarge.With("from", in.From).With("to", in.To)
		return nil, &tooLarge, nil
	}
	return in, nil, nil
}

// refusal is why an event that wasn't counted before is rejected; nil if it isn't
// rejected.
func (b *batch) refusal(e *event) *clause.Refusal {
	refuse := func(r clause.Refusal) *clause.Refusal { return &r }
	accountID, exists := b.accounts[e.ApplicationID]
	switch {
	case !exists:
		return refuse(ApplicationUnknown)
	case e.running == nil:
		return refuse(NoService.With("metric", e.Metric).With("accountId", accountID).With("applicationId", e.ApplicationID))
	case e.gauge && e.micros > mostLevel*micro:
		return refuse(QuantityInvalid.With("most", mostLevel))
	case e.gauge: // what there is, is recorded (2.3)
	case e.micros > catalog.MostUnits*micro:
		return refuse(QuantityInvalid.With("most", catalog.MostUnits))
	case e.period != nil && !b.priced(e):
		return refuse(NoService.With("metric", e.Metric).With("accountId", accountID).With("applicationId", e.ApplicationID))
	case e.period != nil && !b.tx.Now.Before(e.period.closesAt) && !b.tx.Now.Before(e.period.until):
		return refuse(PeriodClosed.With("from", e.period.From).With("to", e.period.To).With("until", e.period.until))
	}
	return nil
}

// accept counts an event, in a period if it is billed.
func (b *batch) accept(e *event, in *period) {
	b.accepted = append(b.accepted, accepted{UsageRow: statement.UsageRow{AccountID: e.running.AccountID, ApplicationID: e.ApplicationID, ServiceID: e.running.ID,
		Source: e.Source, EventID: e.EventID, Metric: e.Metric, Micros: e.micros, At: e.At}, running: e.running, gauge: e.gauge, in: in})
	a := &b.accepted[len(b.accepted)-1] // it stays there
	if e.gauge {
		if refusal := b.overLimit(e); refusal != nil {
			a.OverLimit = true
			b.over = append(b.over, UsageOverLimit{e.index, e.Source, e.EventID, *refusal})
		}
		b.reach(e)
	}
	if e.running.Status == service.StatusRUNNING {
		b.tx.Uses(a.AccountID, e.At)
	}
	b.counted[e.id()] = &a.UsageRow
	if in != e.period {
		b.adjustments = append(b.adjustments, UsageAdjustment{e.index, e.Source, e.EventID, e.period.From, e.period.To})
	}
}

func (b *batch) reject(e *event, r clause.Refusal) {
	b.rejected = append(b.rejected, UsageRejection{Index: e.index, Source: e.Source, EventID: e.EventID, Refusal: r})
}

// write keeps what was accepted: the events, the totals of their hours, and the
// latest levels. If another transaction has reported the same events meanwhile,
// the whole runs again.
func (b *batch) write() error {
	if err := b.enter(); err != nil {
		return err
	}
	rows := make([]*statement.UsageRow, len(b.accepted))
	for i := range b.accepted {
		rows[i] = &b.accepted[i].UsageRow
	}
	if err := statement.InsertUsage(b.tx.Tx, rows); err != nil {
		return stale(err)
	}
	if err := statement.AddUsage(b.tx.Tx, b.hourly()); err != nil {
		return err
	}
	return b.setLevels()
}

// hourly adds up what was accepted by hour, service, metric and period; levels
// aren't added up.
func (b *batch) hourly() []statement.UsageSum {
	type sum struct {
		running *db.Service
		metric  string
		hour    int64
		in      *period
	}
	at := map[sum]int{}
	var rows []statement.UsageSum
	for i := range b.accepted {
		a := &b.accepted[i]
		if a.gauge {
			continue
		}
		hour := a.At.Truncate(time.Hour)
		key := sum{a.running, a.Metric, hour.Unix(), a.in}
		n, is := at[key]
		if !is {
			n = len(rows)
			row := statement.UsageSum{AccountID: a.AccountID, ApplicationID: a.ApplicationID, ServiceID: a.ServiceID, Metric: a.Metric, Hour: hour}
			if a.in != nil {
				row.PeriodID = a.in.id
			}
			at[key], rows = n, append(rows, row)
		}
		rows[n].Micros += a.Micros
	}
	// sorted, so that two reports lock the totals in the same order
	slices.SortFunc(rows, func(x, y statement.UsageSum) int {
		return cmp.Or(cmp.Compare(x.ApplicationID, y.ApplicationID), cmp.Compare(x.Metric, y.Metric), x.Hour.Compare(y.Hour), cmp.Compare(x.ServiceID, y.ServiceID), cmp.Compare(x.PeriodID, y.PeriodID))
	})
	return rows
}

func stale(err error) error {
	if ent.IsDuplicate(err) {
		return ent.ErrStale
	}
	return err
}

// checkPrime keeps a report's sum within what a database adds up.
const checkPrime = 1_000_000_007

// check is the sum of the quantities that were accepted, each modulo a prime: by
// it `portico ledger check` finds what was changed since (rule REPORTED).
func (b *batch) check() (sum int64) {
	for i := range b.accepted {
		sum += b.accepted[i].Micros % checkPrime
	}
	return sum
}

// sorted are the rejections in the order of the input.
func (b *batch) sorted() []UsageRejection {
	slices.SortFunc(b.rejected, func(x, y UsageRejection) int { return cmp.Compare(x.Index, y.Index) })
	return b.rejected
}
