package demo_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"portico/clause"
	"portico/portal/customer/agreement"
	"portico/portal/customer/agreement/demo"
)

func document(t *testing.T, kind agreement.Kind) agreement.Document {
	t.Helper()
	for _, d := range demo.Documents() {
		if d.Kind == kind {
			return d
		}
	}
	t.Fatalf("there is no %s", kind)
	return agreement.Document{}
}

func TestDemonstrationAgreementIsWhole(t *testing.T) {
	docs := demo.Documents()
	if len(docs) != 2 || docs[0].Kind != agreement.ServiceTerms || docs[1].Kind != agreement.PrivacyPolicy {
		t.Fatalf("documents: %d", len(docs))
	}
	for _, d := range docs {
		if d.Version == "" || d.Titles.ZH == "" || d.Titles.EN == "" || d.EffectiveAt.IsZero() {
			t.Errorf("%s: %q %+v %s", d.Kind, d.Version, d.Titles, d.EffectiveAt)
		}
	}
	if docs[0].ExplicitAcceptance || !docs[1].ExplicitAcceptance {
		t.Error("0: the privacy policy asks for an explicit acceptance, the service terms don't")
	}
	for _, c := range clause.Table {
		for _, l := range []clause.Lang{clause.ZH, clause.EN} {
			if text, ok := docs[0].Clause(c.Ref, l); !ok || text == "" {
				t.Errorf("%s has no text in %s", c.Ref, l)
			}
		}
	}
}

// named is how the service terms state each default figure. If a default
// changes, change it here and in both texts.
var named = map[string]struct{ value, zh, en string }{
	clause.AgreementZone:          {"Asia/Shanghai", "Asia/Shanghai", "Asia/Shanghai"},
	clause.CodeLength:             {"6", "6 位", "6 digits"},
	clause.CodeLifetime:           {"5m", "5 分钟内有效", "valid for 5 minutes"},
	clause.CodeTries:              {"5", "输错 5 次", "5 wrong tries"},
	clause.CodePerNumberMinute:    {"1", "每分钟最多发送 1 条", "1 code a minute"},
	clause.CodePerNumberDay:       {"10", "每天最多 10 条", "10 a day"},
	clause.CodePerAddressDay:      {"20", "每天最多请求 20 条", "20 a day"},
	clause.RefreshReuseWindow:     {"30s", "30 秒", "30 seconds"},
	clause.RefreshLivePairs:       {"20", "20 组", "at most 20"},
	clause.EmailLinksDay:          {"5", "5 次邮箱验证链接", "at most 5 times a day"},
	clause.EmailUndoDays:          {"7", "7 天内", "within 7 days"},
	clause.PasswordRemembered:     {"5", "最近 5 个密码", "the last 5 passwords"},
	clause.SecurityMessagesDay:    {"10", "安全通知最多 10 条", "at most 10 messages a day about changes"},
	clause.PasswordTries:          {"5", "5 次后", "5 wrong tries of the present password"},
	clause.PasswordTriesPause:     {"1h", "1 小时", "after 1 hour"},
	clause.FactorTries:            {"5", "连续输错第二重验证码 5 次后", "5 wrong tries of a second factor"},
	clause.FactorTriesPause:       {"1h", "第二重验证码 5 次后，须等待 1 小时", "the next is possible after 1 hour"},
	clause.FactorUnconfirmed:      {"10m", "10 分钟内确认", "added within 10 minutes"},
	clause.FactorsPerPerson:       {"10", "每人最多 10 个", "at most 10 for one person"},
	clause.RecoveryCodes:          {"10", "10 个恢复码", "10 recovery codes"},
	clause.ChallengeLifetime:      {"5m", "5 分钟内完成验证", "within 5 minutes at each sign-in"},
	clause.ChallengeTries:         {"5", "最多尝试 5 次", "at most 5 times, and again"},
	clause.StepUpAge:              {"15m", "已满 15 分钟", "15 minutes or more before"},
	clause.APIKeyLifetime:         {"365", "365 天", "at most 365 days"},
	clause.APIKeyOverlap:          {"168h", "最长继续有效 7 天", "for at most 7 days"},
	clause.APIKeysPerEmployee:     {"10", "10 个有效的 API 密钥", "at most 10 live API keys"},
	clause.APIKeysPerAccount:      {"100", "100 个有效的 API 密钥", "at most 100 live API keys"},
	clause.APIKeyNetworks:         {"20", "20 个网络", "at most 20 networks"},
	clause.InvitationTries:        {"30", "30 次后", "30 wrong invitation links"},
	clause.InvitationTriesPause:   {"1h", "1 小时", "for 1 hour"},
	clause.MessagesPerRecipient:   {"10", "最多 10 条", "at most 10 messages a day"},
	clause.MessagesUncoded:        {"5", "最多 5 条", "at most 5 hold no code"},
	clause.PasswordReminderAge:    {"90", "90 天", "90 days"},
	clause.TransferLifetime:       {"30", "30 天", "30 days"},
	clause.DeveloperUsers:         {"100", "100 个注册用户", "100 registered users"},
	clause.MessagesDay:            {"10000000", "1000 万条", "10,000,000 messages"},
	clause.OverseasMessagesDay:    {"2000000", "200 万条", "2,000,000 messages"},
	clause.BillCloseDelay:         {"10m", "10 分钟", "10 minutes"},
	clause.BillDisputeMonths:      {"1", "一个月内", "within 1 month"},
	clause.BillDisputeToMonthEnd:  {"true", "至次月的最后一天", "until the last day of the next month"},
	clause.BillAdjustmentMonths:   {"1", "次月", "the next month"},
	clause.RenewalReminders:       {"30,7,1", "30 天、7 天和 1 天", "30, 7 and 1 days"},
	clause.ArrearsGraceDays:       {"7", "7 天", "7 days"},
	clause.InvoiceCutoffDay:       {"25", "25 日", "the 25th"},
	clause.InvoiceCutoffIncluded:  {"true", "含 25 日", "that day included"},
	clause.SDKLeadMonths:          {"1", "1 个月", "1 month"},
	clause.MaintenanceLead:        {"24h", "24 小时", "24 hours"},
	clause.SessionLifetime:        {"720h", "30 天", "30 days"},
	clause.RetentionSessions:      {"30", "会话结束后再保存 30 天", "for 30 days after the session"},
	clause.RetentionMessages:      {"90", "保存 90 天", "for 90 days"},
	clause.RetentionRefusals:      {"184", "保存 184 天", "for 184 days"},
	clause.RetentionAudit:         {"1096", "操作审计记录保存 1096 天", "the audit of operations for 1096 days"},
	clause.RetentionUsage:         {"732", "用量明细保存 732 天", "single usage events for 732 days"},
	clause.MigrationLead:          {"30", "30 天", "30 days"},
	clause.EmailAnnounceDays:      {"7", "7 天", "7 days"},
	clause.EmailEffectiveDays:     {"1", "下一个工作日", "next working day"},
	clause.ServedElectronicDelay:  {"0s", "发出之时", "when it is sent"},
	clause.ServedExpressCity:      {"5", "第 5 天", "5th day"},
	clause.ServedExpressMainland:  {"10", "第 10 天", "the 10th"},
	clause.ServedExpressHMT:       {"15", "第 15 天", "the 15th"},
	clause.TopUpOnlineLifetime:    {"24h", "24 小时", "24 hours"},
	clause.TopUpTransferLifetime:  {"720h", "30 天", "30 days"},
	clause.ServedExpressElsewhere: {"20", "第 20 天", "the 20th"},
}

func TestServiceTermsNameEveryDefaultFigureInItsClause(t *testing.T) {
	terms := document(t, agreement.ServiceTerms)
	for _, f := range clause.Figures {
		t.Run(string(f.Clause)+": the agreement states what "+f.Name+" is", func(t *testing.T) {
			n, ok := named[f.Name]
			if !ok || n.value != f.Default {
				t.Fatalf("%s = %s is not put into words here: %q", f.Name, f.Default, n.value)
			}
			for l, words := range map[clause.Lang]string{clause.ZH: n.zh, clause.EN: n.en} {
				if text, _ := terms.Clause(f.Clause, l); !strings.Contains(text, words) {
					t.Errorf("%s (%s) doesn't say %q", f.Clause, l, words)
				}
			}
		})
	}
}

func TestViolationsHaveTwelveCategories(t *testing.T) {
	terms := document(t, agreement.ServiceTerms)
	for l, mark := range map[clause.Lang]string{clause.ZH: "\uff08", clause.EN: "("} {
		text, _ := terms.Clause("4.6", l)
		count := 0
		for line := range strings.SplitSeq(text, "\n") {
			if strings.HasPrefix(line, mark) {
				count++
			}
		}
		if count != 12 {
			t.Errorf("4.6 in %s has %d categories", l, count)
		}
	}
}

// missing begins the end of a clause that states what isn't offered.
var missing = map[clause.Lang]string{clause.ZH: "尚未提供：", clause.EN: "Not offered yet: "}

// TestTheDemonstrationPromisesWhatTheSoftwareDoes compares each clause with its
// row of docs/terms.md. A clause that is done, or that is only words, promises
// everything in it. A clause that is not done, or done in part, states what
// isn't offered.
func TestTheDemonstrationPromisesWhatTheSoftwareDoes(t *testing.T) {
	state := states(t)
	terms := document(t, agreement.ServiceTerms)
	for _, c := range clause.Table {
		for l, mark := range missing {
			text, _ := terms.Clause(c.Ref, l)
			says := saysMissing(text, mark)
			if whole := state[c.Ref] == "done"; state[c.Ref] == "" || whole == says || strings.Count(text, mark) > 1 {
				t.Errorf("%s in %s: docs/terms.md has %q, and the clause states what isn't offered: %v", c.Ref, l, state[c.Ref], says)
			}
		}
	}
}

// states returns the states of the clauses in docs/terms.md, without what is
// missing.
func states(t *testing.T) map[clause.Ref]string {
	t.Helper()
	page, err := os.ReadFile("../../../../docs/terms.md")
	if err != nil {
		t.Fatal(err)
	}
	state := map[clause.Ref]string{}
	for line := range strings.SplitSeq(string(page), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) == 8 {
			whole, _, _ := strings.Cut(strings.TrimSpace(cells[6]), ":")
			state[clause.Ref(strings.TrimSpace(cells[1]))] = whole
		}
	}
	return state
}

// saysMissing reports whether a text ends with what isn't offered.
func saysMissing(text, mark string) bool {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	last := lines[len(lines)-1]
	return strings.HasPrefix(last, mark) && len(last) > len(mark)
}

// rests are the clauses whose rules the sections of the privacy policy promise.
// A section without any promises only what is done, such as the attribution of
// operations by 1.2, from which only the display of declarations is missing.
var rests = map[clause.Ref][]clause.Ref{
	"1.1": nil, "1.2": nil, "2.1": nil, "2.2": {"8"}, "2.3": nil, "2.4": nil, "2.5": nil, "3.1": {"5.7", "5.11"}, "3.2": {"5.6"}, "3.3": nil,
	"4.1": {"6.2"}, "4.2": nil, "5.1": {"6.3"}, "5.2": {"6.3"}, "5.3": nil, "6.1": nil, "6.2": nil,
}

func TestThePrivacyPolicyPromisesWhatTheSoftwareDoes(t *testing.T) {
	state, policy := states(t), document(t, agreement.PrivacyPolicy)
	for l, body := range map[clause.Lang]string{clause.ZH: policy.Bodies.ZH, clause.EN: policy.Bodies.EN} {
		if n := strings.Count(body, "\n### "); n != len(rests) {
			t.Errorf("%s: %d sections, of which %d say here what they rest on", l, n, len(rests))
		}
		for section, of := range rests {
			text, ok := policy.Clause(section, l)
			lacks := slices.ContainsFunc(of, func(c clause.Ref) bool { return state[c] != "done" })
			if says := saysMissing(text, missing[l]); !ok || says != lacks {
				t.Errorf("6.1: section %s in %s (%v) states what isn't offered: %v", section, l, ok, says)
			}
		}
	}
}
