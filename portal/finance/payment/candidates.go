package payment

import (
	"context"
	"slices"

	"portico/ent/db"
	"portico/ent/db/holding"
	"portico/ent/db/legalentity"
	"portico/ent/db/payer"
	"portico/ent/db/topup"
	"portico/text"
)

// Candidate is an account that an unattributed payment may belong to.
type Candidate struct {
	Payment   *db.Payment
	AccountID string
	// Score is how likely it is, from 1 to 100.
	Score int
}

// The scores: by the reference that the payment quotes, by the name of a legal
// entity, and by a channel's id or a name of a designated payer.
const (
	byReference  = 95
	byEntity     = 90
	byPayerID    = 80
	byPayerName  = 70
	mostPerPayer = 500
	candidates   = 5
)

// Candidates returns, for each unattributed payment, at most five accounts that
// it may belong to, the likeliest first. It takes five queries for all
// payments. For the provider's operators.
func Candidates(ctx context.Context, c *db.Client, payments []*db.Payment) (map[string][]*Candidate, error) {
	found := map[string]map[string]int{}
	add := func(key, accountID string, score int) {
		if found[key] == nil {
			found[key] = map[string]int{}
		}
		found[key][accountID] = max(found[key][accountID], score)
	}
	var references, names, folded, indexes []string
	for _, p := range payments {
		if p.AccountID != "" {
			continue
		}
		if p.Reference != nil {
			references = append(references, *p.Reference)
		}
		if f := text.Fold(p.PayerName); f != "" {
			names, folded = append(names, p.PayerName), append(folded, f)
		}
		if i := indexOf(p); i != "" {
			indexes = append(indexes, i)
		}
	}
	tops, err := c.TopUp.Query().Where(topup.PaymentReferenceIn(references...)).All(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range tops {
		add("reference:"+t.PaymentReference, t.AccountID, byReference)
	}
	if err := entities(ctx, c, names, add); err != nil {
		return nil, err
	}
	named, err := c.Payer.Query().Where(payer.FoldedNameIn(folded...), payer.ChannelPayerIndexIsNil(), counting()).Limit(mostPerPayer).All(ctx)
	if err != nil {
		return nil, err
	}
	known, err := c.Payer.Query().Where(payer.ChannelPayerIndexIn(indexes...), counting()).Limit(mostPerPayer).All(ctx)
	if err != nil {
		return nil, err
	}
	for _, row := range named {
		add("name:"+row.FoldedName, row.AccountID, byPayerName)
	}
	for _, row := range known {
		add("id:"+*row.ChannelPayerIndex, row.AccountID, byPayerID)
	}
	all := make(map[string][]*Candidate, len(payments))
	for _, p := range payments {
		if p.AccountID == "" {
			all[p.ID] = likeliest(p, found)
		}
	}
	return all, nil
}

// entities adds the accounts of the legal entities with the given names.
func entities(ctx context.Context, c *db.Client, names []string, add func(key, accountID string, score int)) error {
	rows, err := c.LegalEntity.Query().Where(legalentity.NameIn(names...)).Limit(mostPerPayer).All(ctx)
	if err != nil || len(rows) == 0 {
		return err
	}
	name, ids := map[string]string{}, make([]string, len(rows))
	for i, row := range rows {
		ids[i], name[row.ID] = row.ID, row.Name
	}
	held, err := c.Holding.Query().Where(holding.LegalEntityIDIn(ids...), holding.OpenKeyNotNil()).Limit(mostPerPayer).All(ctx)
	for _, h := range held {
		add("name:"+text.Fold(name[h.LegalEntityID]), h.AccountID, byEntity)
	}
	return err
}

// likeliest returns the candidates of one payment.
func likeliest(p *db.Payment, found map[string]map[string]int) []*Candidate {
	score := map[string]int{}
	keys := []string{"name:" + text.Fold(p.PayerName), "id:" + indexOf(p)}
	if p.Reference != nil {
		keys = append(keys, "reference:"+*p.Reference)
	}
	for _, key := range keys {
		for account, s := range found[key] {
			score[account] = max(score[account], s)
		}
	}
	list := make([]*Candidate, 0, len(score))
	for account, s := range score {
		list = append(list, &Candidate{p, account, s})
	}
	slices.SortFunc(list, func(a, b *Candidate) int {
		if a.Score != b.Score {
			return b.Score - a.Score
		}
		if a.AccountID < b.AccountID {
			return -1
		}
		return 1
	})
	return list[:min(len(list), candidates)]
}
