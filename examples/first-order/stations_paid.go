package main

import (
	"context"
	"fmt"

	"portico/examples/sandbox"
)

func (p *play) startTopUp(ctx context.Context, amount, key string) (string, error) {
	payload, err := p.Done(ctx, p.owner.Token, "StartTopUp", object{"input": object{"accountId": p.owner.Account, "amount": sandbox.Money(amount), "channel": "SANDBOX"}, "key": key + p.owner.Account})
	if err != nil {
		return "", err
	}
	p.Say("pay at %v, quoting %s", sandbox.At(payload, "topUp.payUrl"), sandbox.Text(payload, "topUp.paymentReference"))
	return sandbox.Text(payload, "topUp.id"), nil
}

func (p *play) pay(ctx context.Context, topUp, payer, status string) error {
	payload, err := p.Done(ctx, p.owner.Token, "CompleteSandboxPayment", sandbox.In(object{"topUpId": topUp, "payerName": payer}))
	if err != nil {
		return err
	}
	return sandbox.Same("the top-up's status", sandbox.Text(payload, "topUp.status"), status)
}

func (p *play) suspense(ctx context.Context) error {
	id, err := p.startTopUp(ctx, "300.00", "stranger-")
	if err != nil {
		return err
	}
	if err := p.pay(ctx, id, "Somebody Else Ltd", "SUSPENSE"); err != nil {
		return err
	}
	return p.balance(ctx, "0.00")
}

func (p *play) topUp(ctx context.Context) error {
	id, err := p.startTopUp(ctx, "2000.00", "topup-")
	if err != nil {
		return err
	}
	if err := p.pay(ctx, id, p.owner.Company, "CREDITED"); err != nil {
		return err
	}
	return p.balance(ctx, "2000.00")
}

func (p *play) balance(ctx context.Context, cash string) error {
	d, err := p.Send(ctx, p.owner.Token, "Me", nil)
	if err != nil {
		return err
	}
	if err := sandbox.Same("the owner's account", sandbox.Text(d, "viewer.accounts.nodes.0.id"), p.owner.Account); err != nil {
		return err
	}
	d, err = p.Post(ctx, p.owner.Token, `query($id: ID!) { account(id: $id) { balance { cash { amount } available { amount } } } }`, object{"id": p.owner.Account})
	if err != nil {
		return err
	}
	p.Say("cash %s, available %s", sandbox.Text(d, "account.balance.cash.amount"), sandbox.Text(d, "account.balance.available.amount"))
	return sandbox.Same("cash", sandbox.Text(d, "account.balance.cash.amount"), cash)
}

func (p *play) changedPrice(ctx context.Context) error {
	_, err := p.refused(ctx, "PlaceOrder", object{"input": p.ordering(p.flagship, month, "1400.00"), "key": "cheap-" + p.owner.Account}, "PRICE_CHANGED", "3.4")
	return err
}

func (p *play) placeOrder(ctx context.Context) error {
	payload, err := p.Done(ctx, p.owner.Token, "PlaceOrder", object{"input": p.ordering(p.flagship, month, "1500.00"), "key": "flagship-" + p.owner.Account})
	if err != nil {
		return err
	}
	p.order, p.orderNo, p.service = sandbox.Text(payload, "order.id"), sandbox.Text(payload, "order.number"), sandbox.Text(payload, "order.service.id")
	p.Say("order %s, %s, service %s", p.orderNo, sandbox.Text(payload, "order.total.amount"), sandbox.Text(payload, "order.service.status"))
	if err := sandbox.Same("the total", sandbox.Text(payload, "order.total.amount"), "1500.00"); err != nil {
		return err
	}
	return p.balance(ctx, "500.00")
}

func (p *play) replay(ctx context.Context) error {
	payload, err := p.Done(ctx, p.owner.Token, "PlaceOrder", object{"input": p.ordering(p.flagship, month, "1500.00"), "key": "flagship-" + p.owner.Account})
	if err != nil {
		return err
	}
	if err := sandbox.Same("the order", sandbox.Text(payload, "order.id"), p.order); err != nil {
		return err
	}
	if _, err := p.refused(ctx, "PlaceOrder", object{"input": p.ordering(p.flagship, month, "1499.00"), "key": "flagship-" + p.owner.Account}, "IDEMPOTENCY_CONFLICT", ""); err != nil {
		return err
	}
	return p.balance(ctx, "500.00")
}

func (p *play) overview(ctx context.Context) error {
	d, err := p.Post(ctx, p.owner.Token, `query($id: ID!) { account(id: $id) {
  id number name status createdAt
  standing { restrictions { code clause } } legalEntity { name registrationNumber } owner { person { name } }
  balance { cash { amount } bonus { amount } held { amount } available { amount } arrears { amount } }
  applications { nodes { name status } } services { nodes { id status plan { code } expiresAt autoRenew } }
  orders { totalCount nodes { id number total { amount } placedBy { name } lines { description quantity amount { amount } } } }
  topUps { nodes { status amount { amount } payerName } }
  ledgerEntries { nodes { kind amount { amount } balanceAfter { amount } subject { __typename id } } } invoiceable { amount } } }`, object{"id": p.owner.Account})
	if err != nil {
		return err
	}
	for _, check := range []struct{ path, want string }{
		{"account.status", "ACTIVE"}, {"account.legalEntity.name", p.owner.Company}, {"account.orders.totalCount", "2"},
		{"account.orders.nodes.0.id", p.order}, {"account.invoiceable.amount", "1500.00"}, {"account.ledgerEntries.nodes.0.kind", "ORDER"},
		{"account.ledgerEntries.nodes.0.amount.amount", "-1500.00"}, {"account.ledgerEntries.nodes.0.balanceAfter.amount", "500.00"},
	} {
		if err := sandbox.Same(check.path, sandbox.At(d, check.path), check.want); err != nil {
			return err
		}
	}
	d, err = p.Send(ctx, p.owner.Token, "AnyNode", object{"id": p.order})
	if err != nil {
		return err
	}
	if err := sandbox.Same("node", sandbox.Text(d, "node.__typename"), "Order"); err != nil {
		return err
	}
	d, err = p.Send(ctx, p.owner.Token, "AnyNodes", object{"ids": []string{p.owner.Account, p.service, "ordr_00000000000000000000000000"}})
	if err != nil {
		return err
	}
	return sandbox.Same("nodes", fmt.Sprintf("%v %v %v", sandbox.At(d, "nodes.0.__typename"), sandbox.At(d, "nodes.1.__typename"), sandbox.At(d, "nodes.2")), "Account Service <nil>")
}

func (p *play) closeService(ctx context.Context) error {
	payload, err := p.Done(ctx, p.owner.Token, "CloseService", sandbox.In(object{"serviceId": p.service}))
	if err != nil {
		return err
	}
	p.Say("prepaid: its renewal ends, and it runs to its expiry: %s", sandbox.Text(payload, "service.status"))
	return sandbox.Same("the service's status", sandbox.Text(payload, "service.status"), "RUNNING")
}

func (p *play) leave(ctx context.Context) error {
	payload, err := p.Done(ctx, "", "RefreshSession", sandbox.In(object{"refreshToken": p.owner.Refresh}))
	if err != nil {
		return err
	}
	token := sandbox.Text(payload, "session.accessToken")
	if _, err := p.Done(ctx, token, "SignOut", sandbox.In(object{"everywhere": true})); err != nil {
		return err
	}
	_, err = p.Send(ctx, token, "Me", nil)
	return sandbox.Ended(err)
}
