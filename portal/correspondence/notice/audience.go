package notice

import (
	"fmt"

	"portico/clause"
	"portico/ent"
	"portico/ent/db/account"
	"portico/ent/db/product"
)

// The limits of what a notice names.
const (
	mostAccounts = 1000
	mostProducts = 100
)

// audience is whom a notice is for: all accounts, if it names none.
type audience struct {
	// accounts and products are ids; one of the two at most.
	accounts, products []string
}

func (a audience) targets() []string { return append(a.accounts, a.products...) }

// check refuses an audience that isn't exactly one of the three.
func (in NoticeAudienceInput) check() error {
	given := 0
	for _, is := range []bool{in.All != nil, in.AccountIDs != nil, in.ProductCodes != nil} {
		if is {
			given++
		}
	}
	switch {
	case given != 1:
		return clause.InvalidField("audience", "all、accountIds、productCodes 须且只能给出一项", "give exactly one of all, accountIds and productCodes")
	case in.All != nil && !*in.All:
		return clause.InvalidField("audience.all", "只能为 true", "must be true")
	case in.AccountIDs != nil && (len(in.AccountIDs) == 0 || len(in.AccountIDs) > mostAccounts):
		return clause.InvalidField("audience.accountIds", "须为 1 至 1,000 个", "must name 1 to 1,000 accounts")
	case in.ProductCodes != nil && (len(in.ProductCodes) == 0 || len(in.ProductCodes) > mostProducts):
		return clause.InvalidField("audience.productCodes", "须为 1 至 100 个", "must name 1 to 100 products")
	}
	if i := repeated(in.AccountIDs); i >= 0 {
		return clause.InvalidField(fmt.Sprintf("audience.accountIds.%d", i), "重复", "appears twice")
	}
	if i := repeated(in.ProductCodes); i >= 0 {
		return clause.InvalidField(fmt.Sprintf("audience.productCodes.%d", i), "重复", "appears twice")
	}
	return nil
}

// repeated returns the index of the first value that appears a second time, or
// -1.
func repeated[T comparable](list []T) int {
	seen := map[T]bool{}
	for i, v := range list {
		if seen[v] {
			return i
		}
		seen[v] = true
	}
	return -1
}

// find reads whom an audience names; one that doesn't exist is NOT_FOUND.
func (in NoticeAudienceInput) find(tx *ent.Tx) (audience, error) {
	var a audience
	switch {
	case in.AccountIDs != nil:
		known, err := tx.Account.Query().Where(account.IDIn(in.AccountIDs...)).IDs(tx)
		if err != nil {
			return a, err
		}
		exists := map[string]bool{}
		for _, id := range known {
			exists[id] = true
		}
		for i, id := range in.AccountIDs {
			if !exists[id] {
				return a, clause.NotFound.At(fmt.Sprintf("audience.accountIds.%d", i))
			}
		}
		a.accounts = in.AccountIDs
	case in.ProductCodes != nil:
		rows, err := tx.Product.Query().Where(product.CodeIn(in.ProductCodes...)).All(tx)
		if err != nil {
			return a, err
		}
		ids := map[string]string{}
		for _, row := range rows {
			ids[row.Code] = row.ID
		}
		for i, code := range in.ProductCodes {
			if ids[code] == "" {
				return a, clause.NotFound.At(fmt.Sprintf("audience.productCodes.%d", i))
			}
			a.products = append(a.products, ids[code])
		}
	}
	return a, nil
}
