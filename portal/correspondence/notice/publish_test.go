package notice_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portico/calendar"
	"portico/clause"
	"portico/ent/db"
	dbnotice "portico/ent/db/notice"
	"portico/portal/correspondence/notice"
	"portico/portaltest"
)

const publishMutation = `mutation($i: PublishNoticeInput!) { publishNotice(input: $i) { notice { id kind clause publishedAt effectiveAt }
	userErrors { code message field clause remedy { description operation input } } } }`

type input = map[string]any

// general returns an input with the required fields only.
func general() input {
	return input{"kind": "GENERAL", "audience": input{"all": true}, "title": "标题", "body": "正文", "channels": []any{"IN_SITE"}}
}

func with(in input, more input) map[string]any {
	for k, v := range more {
		if v == nil {
			delete(in, k)
		} else {
			in[k] = v
		}
	}
	return map[string]any{"i": in}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// inTime returns the time that a remedy names: the first multiple of five
// minutes that is at least ten minutes after the earliest time, so that a
// person can send it.
func inTime(earliest time.Time) time.Time {
	return earliest.Add(15*time.Minute - 1).Truncate(5 * time.Minute)
}

// atLimit publishes with a time just before the earliest. It is refused with
// the clause and a remedy, and the remedy succeeds.
func atLimit(t *testing.T, w *portaltest.World, kind string, ref clause.Ref, earliest time.Time) {
	t.Helper()
	operator := w.Operator("support")
	for _, before := range []time.Duration{time.Microsecond, time.Second, time.Hour} {
		got := w.Refused(operator, publishMutation, with(general(), input{"kind": kind, "effectiveAt": stamp(earliest.Add(-before))}))
		if got.Code != notice.TooSoon.Code || got.Clause != string(ref) || got.Remedy == nil || got.Remedy.Operation != "publishNotice" ||
			got.Remedy.Input["effectiveAt"] != stamp(inTime(earliest)) {
			t.Fatalf("%s %v before the limit: %+v %+v", kind, before, got, got.Remedy)
		}
		if before == time.Microsecond {
			p := w.Done(operator, publishMutation, map[string]any{"i": got.Remedy.Input})
			if portaltest.String(p, "notice", "effectiveAt") != stamp(inTime(earliest)) || portaltest.String(p, "notice", "clause") != string(ref) {
				t.Errorf("%s: %v", kind, p)
			}
		}
	}
	got := w.Refused(operator, publishMutation, with(general(), input{"kind": kind}))
	if got.Code != notice.EffectiveNeeded.Code || got.Clause != string(ref) || got.Remedy.Input["effectiveAt"] != stamp(inTime(earliest)) {
		t.Errorf("%s without a date: %+v", kind, got)
	}
}

func TestClause9_3MaintenanceIsAnnounced24HoursAhead(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		atLimit(t, w, "MAINTENANCE", "9.3", w.Portal.Store.Now().Add(24*time.Hour))
	})
}

func TestClause9_4AMigrationIsAnnounced30DaysAhead(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		now := w.Portal.Store.Now()
		atLimit(t, w, "MIGRATION", "9.4", now.AddDate(0, 0, 30))
		got := w.Refused(w.Operator("platform"), publishMutation, with(general(), input{"kind": "MIGRATION", "effectiveAt": stamp(now.AddDate(0, 0, 29))}))
		if got.Code != notice.TooSoon.Code {
			t.Errorf("day 29: %+v", got)
		}
	})
}

func TestClause5_5TheEndOfAnSDKIsAnnouncedOneMonthAheadInSite(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		zone := calendar.Shanghai()
		// The limit is 24:00 of the same day of the next month, or of the
		// month's last day.
		for _, c := range []struct{ from, last string }{
			{"2026-03-15", "2026-04-15"}, {"2026-03-31", "2026-04-30"}, {"2026-12-31", "2027-01-31"},
			{"2027-01-28", "2027-02-28"}, {"2027-01-31", "2027-02-28"}, {"2028-01-31", "2028-02-29"},
		} {
			from, err := calendar.ParseDate(c.from)
			if err != nil {
				t.Fatal(err)
			}
			last, err := calendar.ParseDate(c.last)
			if err != nil {
				t.Fatal(err)
			}
			w.AdvanceTo(zone.Start(from).Add(13 * time.Hour))
			atLimit(t, w, "SDK_RETIREMENT", "5.5", zone.End(last))
		}
		in := with(general(), input{"kind": "SDK_RETIREMENT", "channels": []any{"EMAIL", "PUBLIC"}, "effectiveAt": "2040-01-01T00:00:00Z"})
		got := w.Refused(w.Operator("support"), publishMutation, in)
		if got.Code != notice.InSiteNeeded.Code || got.Clause != "5.5" || fmt.Sprint(got.Remedy.Input["channels"]) != "[IN_SITE EMAIL PUBLIC]" {
			t.Fatalf("without in-site: %+v", got)
		}
		w.Done(w.Operator("support"), publishMutation, map[string]any{"i": got.Remedy.Input})
	})
}

func TestClause13_3ASignedAgreementMovesTheLeadOfItsAccountAlone(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, platform := w.Owner("Longer"), w.Owner("Standard"), w.Platform()
		now := w.Portal.Store.Now()
		w.Done(platform, `mutation($i: OverrideFigureInput!) { overrideFigure(input: $i) { userErrors { code } } }`, map[string]any{"i": input{
			"accountId": a.AccountID, "figure": clause.MaintenanceLead, "value": "48h", "agreementNumber": "C-1", "from": stamp(now)}})
		for _, c := range []struct {
			audience input
			lead     time.Duration
		}{
			{input{"all": true}, 48 * time.Hour}, {input{"accountIds": []any{a.AccountID, b.AccountID}}, 48 * time.Hour},
			{input{"accountIds": []any{b.AccountID}}, 24 * time.Hour}, {input{"productCodes": []any{"im"}}, 24 * time.Hour},
		} {
			in := input{"kind": "MAINTENANCE", "audience": c.audience}
			in["effectiveAt"] = stamp(now.Add(c.lead - time.Second))
			if got := w.Refused(platform, publishMutation, with(general(), in)); got.Code != notice.TooSoon.Code {
				t.Errorf("%v: %+v", c.audience, got)
			}
			in["effectiveAt"] = stamp(now.Add(c.lead))
			w.Done(platform, publishMutation, with(general(), in))
		}
	})
}

func TestClause0TermsAndBillingArePostedByThePortalAlone(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		for kind, ref := range map[string]string{"TERMS": "0", "BILLING": "3.8"} {
			got := w.Refused(w.Platform(), publishMutation, with(general(), input{"kind": kind}))
			if got.Code != notice.OwnKind.Code || got.Clause != ref {
				t.Errorf("%s: %+v", kind, got)
			}
		}
	})
}

func TestWrongInputsOfANotice(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, operator := w.Owner("Named"), w.Operator("support")
		many := make([]any, 1001)
		for i := range many {
			many[i] = fmt.Sprint("acct_", i)
		}
		for name, c := range map[string]struct {
			more  input
			code  string
			field string
		}{
			"no audience":         {input{"audience": input{}}, "INVALID_INPUT", "audience"},
			"two audiences":       {input{"audience": input{"all": true, "productCodes": []any{"im"}}}, "INVALID_INPUT", "audience"},
			"not all":             {input{"audience": input{"all": false}}, "INVALID_INPUT", "audience.all"},
			"no account":          {input{"audience": input{"accountIds": []any{}}}, "INVALID_INPUT", "audience.accountIds"},
			"1,001 accounts":      {input{"audience": input{"accountIds": many}}, "INVALID_INPUT", "audience.accountIds"},
			"unknown account":     {input{"audience": input{"accountIds": []any{a.AccountID, "acct_01J0000000000000000000000X"}}}, "NOT_FOUND", "audience.accountIds.1"},
			"a person":            {input{"audience": input{"accountIds": []any{a.PersonID}}}, "NOT_FOUND", "audience.accountIds.0"},
			"account twice":       {input{"audience": input{"accountIds": []any{a.AccountID, a.AccountID}}}, "INVALID_INPUT", "audience.accountIds.1"},
			"unknown product":     {input{"audience": input{"productCodes": []any{"im", "fax"}}}, "NOT_FOUND", "audience.productCodes.1"},
			"product twice":       {input{"audience": input{"productCodes": []any{"im", "im"}}}, "INVALID_INPUT", "audience.productCodes.1"},
			"no channel":          {input{"channels": []any{}}, "INVALID_INPUT", "channels"},
			"channel twice":       {input{"channels": []any{"EMAIL", "EMAIL"}}, "INVALID_INPUT", "channels.1"},
			"public for one":      {input{"channels": []any{"PUBLIC"}, "audience": input{"accountIds": []any{a.AccountID}}}, "INVALID_INPUT", "channels"},
			"no title":            {input{"title": " \t "}, "INVALID_INPUT", "title"},
			"201 characters":      {input{"title": strings.Repeat("字", 201)}, "INVALID_INPUT", "title"},
			"two lines of title":  {input{"title": "a\nb"}, "INVALID_INPUT", "title"},
			"no body":             {input{"body": ""}, "INVALID_INPUT", "body"},
			"20,001 characters":   {input{"body": strings.Repeat("字", 20_001)}, "INVALID_INPUT", "body"},
			"NUL":                 {input{"body": "a\x00b"}, "INVALID_INPUT", "body"},
			"half English":        {input{"titleEn": "Title"}, "INVALID_INPUT", "titleEn"},
			"empty English":       {input{"titleEn": "", "bodyEn": "Text"}, "INVALID_INPUT", "titleEn"},
			"in the past":         {input{"effectiveAt": stamp(w.Portal.Store.Now().Add(-time.Second))}, "INVALID_INPUT", "effectiveAt"},
			"maintenance at once": {input{"kind": "MAINTENANCE", "effectiveAt": stamp(w.Portal.Store.Now())}, "NOTICE_TOO_LATE", "effectiveAt"},
		} {
			got := w.Refused(operator, publishMutation, with(general(), c.more))
			if got.Code != c.code || strings.Join(got.Field, ".") != "input."+c.field {
				t.Errorf("%s: %+v", name, got)
			}
		}
		if n, err := w.Portal.Store.Read().Notice.Query().Count(w.System()); err != nil || n != 0 {
			t.Errorf("%d notices were written, %v", n, err)
		}
		p := w.Done(operator, publishMutation, with(general(), input{"title": strings.Repeat("字", 200), "body": strings.Repeat("字", 20_000),
			"effectiveAt": stamp(w.Portal.Store.Now())}))
		if portaltest.String(p, "notice", "id") == "" {
			t.Errorf("the longest: %v", p)
		}
		for _, who := range []*portaltest.Actor{a, w.Operator("compliance")} {
			if r := w.Send(who, publishMutation, with(general(), nil)); len(r.Errors) != 1 || r.Errors[0].Code() != "FORBIDDEN" {
				t.Errorf("%s publishes: %s", who.Name, r.Raw)
			}
		}
	})
}

func TestOneRowForAnAudienceOfAnySizeInTheOrderOfCommit(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		operator := w.Operator("support")
		var accounts []any
		for i := range 3 {
			accounts = append(accounts, w.Owner(fmt.Sprint("Row ", i)).AccountID)
		}
		w.Done(operator, publishMutation, with(general(), nil))
		w.Done(operator, publishMutation, with(general(), input{"audience": input{"accountIds": accounts}}))
		w.Refused(operator, publishMutation, with(general(), input{"kind": "MAINTENANCE"}))
		w.Done(operator, publishMutation, with(general(), input{"audience": input{"productCodes": []any{"im", "rtc"}}}))
		rows, err := w.Portal.Store.Read().Notice.Query().Order(db.Asc(dbnotice.FieldSequence)).All(w.System())
		if err != nil || len(rows) != 3 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for i, row := range rows {
			if row.Sequence != int64(i+1) {
				t.Errorf("row %d has number %d", i, row.Sequence)
			}
		}
		if n, err := w.Portal.Store.Read().NoticeTarget.Query().Count(w.System()); err != nil || n != 5 {
			t.Errorf("%d targets, %v", n, err)
		}
	})
}
