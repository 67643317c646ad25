package agreement

import (
	"context"
	"fmt"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/restriction"
	"portico/ent/db/terms"
	"portico/portal/correspondence/notice"
	"portico/portal/kernel/command"
	"portico/portal/kernel/param"
	"portico/portal/kernel/standing"
)

// Load publishes documents, each as one version, and returns how many are new.
// The same text under the same version changes nothing; another text is
// TERMS_VERSION_TAKEN. A version that would not take effect after all those
// published before it is TERMS_OUT_OF_ORDER. A version binds from its effective
// date, never before its publication.
//
// The first version of a document restricts nobody. A later one that requires
// an explicit acceptance restricts every account from its effective date until
// the account accepts it (0). Each later version is announced to every account,
// in the same transaction, in-site and by e-mail (0). For command lines: no
// role holds TERMS_PUBLISH.
func Load(ctx context.Context, s *ent.Store, docs []Document) (n int, err error) {
	c := command.Command{Name: "loadTerms", Permission: authz.TermsPublish, Global: true}
	defer forget(s)
	return command.Do(ctx, s, c, func(tx *command.Tx) (int, error) {
		published := 0
		for _, d := range docs {
			is, err := publish(tx.Tx, d)
			if err != nil {
				return 0, err
			}
			if is {
				published++
				tx.AuditDetail(string(d.Kind), d.Version)
			}
		}
		return published, nil
	})
}

// publish writes one version; false if it exists already.
func publish(tx *ent.Tx, d Document) (bool, error) {
	all, err := tx.Terms.Query().Where(terms.KindEQ(terms.Kind(d.Kind))).
		Order(db.Desc(terms.FieldEffectiveAt)).All(tx)
	if err != nil {
		return false, err
	}
	for _, row := range all {
		if row.Version != d.Version {
			continue
		}
		if !same(row, d) {
			return false, VersionTaken.With("kind", d.Kind).With("version", d.Version)
		}
		return false, nil
	}
	effective := later(d.EffectiveAt, tx.Now)
	if len(all) > 0 && !effective.After(all[0].EffectiveAt) {
		return false, OutOfOrder.With("kind", d.Kind).With("version", d.Version).
			With("after", all[0].EffectiveAt)
	}
	row, err := tx.Terms.Create().SetKind(terms.Kind(d.Kind)).SetVersion(d.Version).
		SetTitleZh(d.Titles.ZH).SetTitleEn(d.Titles.EN).SetBodyZh(d.Bodies.ZH).SetBodyEn(d.Bodies.EN).
		SetExplicit(d.ExplicitAcceptance).SetPublishedAt(tx.Now).SetEffectiveAt(effective).Save(tx)
	if ent.IsDuplicate(err) {
		return false, ent.ErrStale
	}
	if err != nil {
		return false, fmt.Errorf("publish %s %s: %w", d.Kind, d.Version, err)
	}
	if len(all) == 0 {
		return true, nil
	}
	if err := amend(tx, all[0], row); err != nil {
		return false, err
	}
	return true, announce(tx, row)
}

// announce posts the notice of an amendment to every account, in-site and by
// e-mail (0). The first version of a document amends nothing.
func announce(tx *ent.Tx, row *db.Terms) error {
	zone := param.ProviderZone()
	when := row.EffectiveAt.In(zone.Location())
	acceptance := clause.Text{ZH: "生效后继续使用服务，即视为接受修改后的内容。", EN: "By continuing to use the services after that date you accept it."}
	if row.Explicit {
		acceptance = clause.Text{ZH: "生效后须明确接受，方可继续下单和使用。", EN: "From that date you must accept it explicitly before you can order anything else."}
	}
	params := map[string]any{"titleZh": row.TitleZh, "titleEn": row.TitleEn, "version": row.Version, "acceptance": acceptance,
		"dateZh": when.Format("2006 年 1 月 2 日 15:04"), "dateEn": when.Format("2 January 2006 at 15:04"), "zone": zone.String()}
	filled := func(t clause.Text) clause.Text {
		return clause.Text{ZH: t.In(clause.ZH, params), EN: t.In(clause.EN, params)}
	}
	_, err := notice.Post(tx, notice.Posting{Kind: notice.Terms, Clause: "0", SubjectID: row.ID, EffectiveAt: &row.EffectiveAt, Email: true,
		Title: filled(clause.Text{ZH: "《{titleZh}》修订（{version}）", EN: "Amendment: {titleEn} ({version})"}),
		Body: filled(clause.Text{
			ZH: "《{titleZh}》的新版本 {version} 已发布，自 {dateZh}（{zone}）起生效。{acceptance}如不同意，您可以在此之前或之后停止使用服务。",
			EN: "Version {version} of {titleEn} has been published. It takes effect on {dateEn} ({zone}). {acceptance} If you do not agree, you can stop using the services before or after that date."})})
	return err
}

// amend restricts all accounts by a version from its effective date; the
// restriction of the version before it ends then.
func amend(tx *ent.Tx, before, row *db.Terms) error {
	code := standing.TermsAcceptanceRequired.Code
	if err := standing.End(tx, "", code, before.ID, row.EffectiveAt); err != nil {
		return err
	}
	if !row.Explicit {
		return nil
	}
	return standing.Restrict(tx, standing.Cause{Scope: restriction.ScopeALL, Code: code,
		Clause: clause.Ref("0"), ID: row.ID, Since: row.EffectiveAt})
}

func same(row *db.Terms, d Document) bool {
	return row.TitleZh == d.Titles.ZH && row.TitleEn == d.Titles.EN && row.BodyZh == d.Bodies.ZH &&
		row.BodyEn == d.Bodies.EN && row.Explicit == d.ExplicitAcceptance &&
		row.EffectiveAt.Equal(later(d.EffectiveAt, row.PublishedAt))
}

// later returns an instant as it is stored, but not before least.
func later(t, least time.Time) time.Time {
	t = stored(t)
	if t.Before(least) {
		return least
	}
	return t
}
