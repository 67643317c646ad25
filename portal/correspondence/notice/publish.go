package notice

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/notice"
	"portico/portal/kernel/command"
	"portico/portal/kernel/sequence"
)

// The longest title and text, in characters.
const (
	longestTitle = 200
	longestBody  = 20_000
)

// PublishNotice publishes an operator's notice (9.7): to all accounts, to some,
// or to those that use some products; in-site, by e-mail to the owners, or on
// the public page, which everyone sees. It is one row, regardless of the
// audience. A kind with a lead time must take effect late enough: routine
// maintenance after 24 hours (9.3), a migration after 30 days (9.4), the end of
// an SDK after one month, announced in-site (5.5). For operators with
// notice:publish. Refusals: [OwnKind], [EffectiveNeeded], [TooSoon],
// [InSiteNeeded], INVALID_INPUT, NOT_FOUND.
func PublishNotice(ctx context.Context, s *ent.Store, in PublishNoticeInput) (*PublishNoticePayload, error) {
	c := command.Command{Name: "publishNotice", Permission: authz.NoticePublish, Global: true, Input: in}
	payload, err := command.Do(ctx, s, c, func(tx *command.Tx) (*PublishNoticePayload, error) {
		in, err := in.checked(tx.Now)
		if err != nil {
			return nil, err
		}
		to, err := in.Audience.find(tx.Tx)
		if err != nil {
			return nil, err
		}
		if err := in.early(tx.Tx, to); err != nil {
			return nil, err
		}
		row, err := in.write(tx.Tx, to)
		if err != nil {
			return nil, err
		}
		tx.AuditObject("", row.ID)
		return &PublishNoticePayload{Notice: row}, nil
	})
	if err == nil {
		followed.Of(s).Wake()
	}
	return payload, err
}

// checked returns the input with its texts trimmed, or a refusal of its form.
func (in PublishNoticeInput) checked(now time.Time) (PublishNoticeInput, error) {
	var check clause.Check
	switch in.Kind {
	case Terms:
		check.Add(in.refused(OwnKind.At("kind")).With("kind", General))
	case Billing:
		check.Add(in.refused(OwnKind.At("kind").By("3.8")).With("kind", General))
	case Account:
		check.Add(in.refused(OwnKind.At("kind").By("5.2")).With("kind", General))
	}
	for _, t := range []struct {
		field string
		text  *string
		most  int
	}{{"title", &in.Title, longestTitle}, {"body", &in.Body, longestBody}, {"titleEn", in.TitleEn, longestTitle}, {"bodyEn", in.BodyEn, longestBody}} {
		if t.text == nil {
			continue
		}
		trimmed := strings.TrimSpace(*t.text)
		if !fit(trimmed, t.most, t.most == longestBody) {
			check.Add(clause.InvalidField(t.field, fmt.Sprintf("须为 1 至 %d 个字符，不含控制字符", t.most), fmt.Sprintf("must have 1 to %d characters and no control characters", t.most)))
		}
		switch t.field {
		case "titleEn":
			in.TitleEn = &trimmed
		case "bodyEn":
			in.BodyEn = &trimmed
		default:
			*t.text = trimmed
		}
	}
	if (in.TitleEn == nil) != (in.BodyEn == nil) {
		check.Add(clause.InvalidField("titleEn", "英文标题与英文正文须同时给出", "give both the English title and the English text, or neither"))
	}
	check.Add(in.Audience.check())
	check.Add(in.checkChannels())
	if in.EffectiveAt != nil {
		at := in.EffectiveAt.UTC().Truncate(time.Microsecond)
		in.EffectiveAt = &at
		if _, leads := rules[in.Kind]; !leads && at.Before(now) {
			check.Add(clause.InvalidField("effectiveAt", "生效时间已过", "must not be in the past"))
		}
	}
	return in, check.Err()
}

// fit reports whether a text has at least one character, at most the given
// number, and no control characters except, in a body, line breaks and tabs.
func fit(s string, most int, lines bool) bool {
	if s == "" || utf8.RuneCountInString(s) > most {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && !(lines && (r == '\n' || r == '\r' || r == '\t'))
	})
}

func (in PublishNoticeInput) checkChannels() error {
	if len(in.Channels) == 0 {
		return clause.InvalidField("channels", "至少给出一种发送方式", "give at least one channel")
	}
	if i := repeated(in.Channels); i >= 0 {
		return clause.InvalidField(fmt.Sprintf("channels.%d", i), "重复", "appears twice")
	}
	if in.goes(Public) && in.Audience.All == nil {
		return clause.InvalidField("channels", "公开页面人人可见，不能用于指定对象的通知", "everyone sees the public page; a notice for some accounts cannot be published there")
	}
	if r := rules[in.Kind]; r.inSite && !in.goes(InSite) {
		return in.refused(InSiteNeeded.At("channels").By(r.clause)).With("channels", append([]Channel{InSite}, in.Channels...))
	}
	return nil
}

func (in PublishNoticeInput) goes(by Channel) bool { return slices.Contains(in.Channels, by) }

// early refuses a notice that takes effect too soon after it is published.
func (in PublishNoticeInput) early(tx *ent.Tx, to audience) error {
	r, leads := rules[in.Kind]
	if !leads {
		return nil
	}
	at, err := r.first(tx, to)
	if err != nil {
		return err
	}
	refusal := TooSoon
	switch {
	case in.EffectiveAt == nil:
		refusal = EffectiveNeeded
	case !in.EffectiveAt.Before(at):
		return nil
	}
	return in.refused(refusal.At("effectiveAt").By(r.clause)).With("earliest", at).With("effectiveAt", attainable(at))
}

// slack is the minimum time that a caller has to send a remedy.
const slack = 10 * time.Minute

// attainable returns an effective time for a remedy: later than the earliest,
// which moves on until the remedy is sent, and on a multiple of five minutes.
func attainable(earliest time.Time) time.Time {
	const step = 5 * time.Minute
	return earliest.Add(slack + step - 1).Truncate(step)
}

// refused adds the input to a refusal, for its remedy.
func (in PublishNoticeInput) refused(r clause.Refusal) clause.Refusal {
	audience := map[string]any{}
	switch a := in.Audience; {
	case a.All != nil:
		audience["all"] = *a.All
	case a.AccountIDs != nil:
		audience["accountIds"] = a.AccountIDs
	case a.ProductCodes != nil:
		audience["productCodes"] = a.ProductCodes
	}
	r = r.With("kind", in.Kind).With("audience", audience).With("title", in.Title).With("body", in.Body).With("channels", in.Channels)
	for name, text := range map[string]*string{"titleEn": in.TitleEn, "bodyEn": in.BodyEn} {
		if text != nil {
			r = r.With(name, *text)
		}
	}
	if in.EffectiveAt != nil {
		r = r.With("effectiveAt", in.EffectiveAt.UTC())
	}
	return r
}

// write writes the notice, and the targets that it names.
func (in PublishNoticeInput) write(tx *ent.Tx, to audience) (*db.Notice, error) {
	targets := to.targets()
	create := tx.Notice.Create().SetKind(string(in.Kind)).SetAudience(notice.AudienceALL).SetTitle(in.Title).SetBody(in.Body).
		SetNillableTitleEn(in.TitleEn).SetNillableBodyEn(in.BodyEn).SetClause(string(rules[in.Kind].clause)).SetSubjectID("").
		SetInSite(in.goes(InSite)).SetEmail(in.goes(Email)).SetPublic(in.goes(Public)).
		SetPublishedAt(tx.Now).SetNillableEffectiveAt(in.EffectiveAt).SetPublishedBy(tx.Principal().ID)
	if len(targets) > 0 {
		create.SetAudience(notice.AudienceNAMED)
	}
	if in.goes(Email) {
		create.SetMailAfter("")
	}
	n, err := sequence.Next(tx, sequenceCode)
	if err != nil {
		return nil, err
	}
	row, err := create.SetSequence(n).Save(tx)
	if err != nil || len(targets) == 0 {
		return row, err
	}
	named := make([]*db.NoticeTargetCreate, len(targets))
	for i, id := range targets {
		named[i] = tx.NoticeTarget.Create().SetNoticeID(row.ID).SetSequence(n).SetTargetID(id)
	}
	return row, tx.NoticeTarget.CreateBulk(named...).Exec(tx)
}
