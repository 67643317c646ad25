package clause_test

import (
	"errors"
	"regexp"
	"slices"
	"testing"
	"time"

	"portico/clause"
)

func TestEveryFigureCitesAClauseAndHoldsItsUnit(t *testing.T) {
	name := regexp.MustCompile(`^[a-z]+(\.[a-z_]+)+$`)
	names := map[string]bool{}
	for _, f := range clause.Figures {
		if _, ok := clause.Lookup(f.Clause); !ok {
			t.Errorf("%s cites %q, which is no clause", f.Name, f.Clause)
		}
		if names[f.Name] || !name.MatchString(f.Name) {
			t.Errorf("%s is there twice or badly named", f.Name)
		}
		names[f.Name] = true
		if f.Text.ZH == "" || f.Text.EN == "" {
			t.Errorf("%s lacks a text", f.Name)
		}
		if _, err := f.Override(f.Default); err != nil {
			t.Errorf("%s: its own default is refused: %v", f.Name, err)
		}
	}
}

func TestDefaultsOfTheStandardAgreement(t *testing.T) {
	for name, want := range map[string]int{
		clause.CodeLength: 6, clause.CodeTries: 5, clause.CodePerNumberMinute: 1, clause.CodePerNumberDay: 10,
		clause.CodePerAddressDay: 20, clause.PasswordReminderAge: 90, clause.TransferLifetime: 30,
		clause.DeveloperUsers: 100, clause.MessagesDay: 10_000_000, clause.OverseasMessagesDay: 2_000_000,
		clause.BillDisputeMonths: 1, clause.BillAdjustmentMonths: 1, clause.ArrearsGraceDays: 7,
		clause.InvoiceCutoffDay: 25, clause.SDKLeadMonths: 1, clause.MigrationLead: 30,
		clause.EmailAnnounceDays: 7, clause.EmailEffectiveDays: 1, clause.ServedExpressCity: 5,
		clause.ServedExpressMainland: 10, clause.ServedExpressHMT: 15, clause.ServedExpressElsewhere: 20,
	} {
		if got := clause.Standard(name).Int(); got != want {
			t.Errorf("%s is %d instead of %d", name, got, want)
		}
	}
	for name, want := range map[string]time.Duration{
		clause.CodeLifetime: 5 * time.Minute, clause.RefreshReuseWindow: 30 * time.Second,
		clause.BillCloseDelay: 10 * time.Minute, clause.MaintenanceLead: 24 * time.Hour,
		clause.ServedElectronicDelay: 0,
	} {
		if got := clause.Standard(name).Duration(); got != want {
			t.Errorf("%s is %s instead of %s", name, got, want)
		}
	}
	if got := clause.Standard(clause.RenewalReminders).Ints(); !slices.Equal(got, []int{30, 7, 1}) {
		t.Errorf("renewal reminders are %v", got)
	}
	if !clause.Standard(clause.InvoiceCutoffIncluded).Bool() {
		t.Error("the 25th itself counts")
	}
	if got := clause.Standard(clause.AgreementZone).Location().String(); got != "Asia/Shanghai" {
		t.Errorf("the zone is %s", got)
	}
}

func TestOverrideHoldsTheUnit(t *testing.T) {
	good := map[string][]string{
		clause.ArrearsGraceDays: {"0", "14"}, clause.InvoiceCutoffDay: {"1", "31"}, clause.RenewalReminders: {"60", "60,30,0"},
		clause.CodeLifetime: {"0s", "90s"}, clause.InvoiceCutoffIncluded: {"false"}, clause.AgreementZone: {"Europe/Berlin", "UTC"},
	}
	bad := map[string][]string{
		clause.ArrearsGraceDays: {"", "-1", "+7", "07", "7.5", " 7", "seven"}, clause.InvoiceCutoffDay: {"0", "32"},
		clause.RenewalReminders: {"", "30,", "7,30", "7,7", "1;2"}, clause.CodeLifetime: {"5", "-1s", ""},
		clause.InvoiceCutoffIncluded: {"yes", "1", ""}, clause.AgreementZone: {"", "Local", "Asia/Nowhere"},
	}
	for name, texts := range good {
		for _, text := range texts {
			if f, err := clause.Standard(name).Override(text); err != nil || f.Value() != text {
				t.Errorf("%s = %q: %q, %v", name, text, f.Value(), err)
			}
		}
	}
	for name, texts := range bad {
		for _, text := range texts {
			_, err := clause.Standard(name).Override(text)
			var r clause.Refusal
			if !errors.Is(err, clause.FigureInvalid) || !errors.As(err, &r) || r.Clause != clause.Standard(name).Clause {
				t.Errorf("%s = %q: %v", name, text, err)
			}
		}
	}
}

func TestOverrideLeavesTheStandardAlone(t *testing.T) {
	f, err := clause.Standard(clause.ArrearsGraceDays).Override("14")
	if err != nil || f.Int() != 14 || f.Default != "7" {
		t.Errorf("%+v, %v", f, err)
	}
	if got := clause.Standard(clause.ArrearsGraceDays).Int(); got != 7 {
		t.Errorf("the standard became %d", got)
	}
}

func TestFigureReadInAnotherUnitPanics(t *testing.T) {
	for name, read := range map[string]func(){
		"days as a duration": func() { clause.Standard(clause.MigrationLead).Duration() },
		"a duration as int":  func() { clause.Standard(clause.CodeLifetime).Int() },
		"a count as a flag":  func() { clause.Standard(clause.CodeTries).Bool() },
		"an unknown name":    func() { clause.Standard("code.colour") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			read()
		}()
	}
	if _, ok := clause.FigureOf("code.colour"); ok {
		t.Error("an unknown figure was found")
	}
}
