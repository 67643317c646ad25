package main

import (
	"context"
	"fmt"
)

func (p *play) startTopUp(ctx context.Context, amount, key string) (string, error) {
	payload, err := p.done(ctx, p.owner, "StartTopUp", object{"input": object{"accountId": p.account, "amount": money(amount), "channel": "SANDBOX"}, "key": key + p.account})
	if err != nil {
		return "", err
	}
	p.say("pay at %v, quoting %s", at(payload, "topUp.payUrl"), text(payload, "topUp.paymentReference"))
	return text(payload, "topUp.id"), nil
}

func (p *play) pay(ctx context.Context, topUp, payer, status string) error {
	payload, err := p.done(ctx, p.owner, "CompleteSandboxPayment", in(object{"topUpId": topUp, "payerName": payer}))
	if err != nil {
		return err
	}
	return same("the top-up's status", text(payload, "topUp.status"), status)
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
	if err := p.pay(ctx, id, p.company, "CREDITED"); err != nil {
		return err
	}
	return p.balance(ctx, "2000.00")
}

func (p *play) balance(ctx context.Context, cash string) error {
	d, err := p.send(ctx, p.owner, "Me", nil)
	if err != nil {
		return err
	}
	if err := same("the owner's account", text(d, "viewer.accounts.nodes.0.id"), p.account); err != nil {
		return err
	}
	d, err = p.post(ctx, p.owner, `query($id: ID!) { account(id: $id) { balance { cash { amount } available { amount } } } }`, object{"id": p.account})
	if err != nil {
		return err
	}
	p.say("cash %s, available %s", text(d, "account.balance.cash.amount"), text(d, "account.balance.available.amount"))
	return same("cash", text(d, "account.balance.cash.amount"), cash)
}

func (p *play) changedPrice(ctx context.Context) error {
	_, err := p.refused(ctx, "PlaceOrder", object{"input": p.ordering(p.flagship, month, "1400.00"), "key": "cheap-" + p.account}, "PRICE_CHANGED", "3.4")
	return err
}

func (p *play) placeOrder(ctx context.Context) error {
	payload, err := p.done(ctx, p.owner, "PlaceOrder", object{"input": p.ordering(p.flagship, month, "1500.00"), "key": "flagship-" + p.account})
	if err != nil {
		return err
	}
	p.order, p.orderNo, p.service = text(payload, "order.id"), text(payload, "order.number"), text(payload, "order.service.id")
	p.say("order %s, %s, service %s", p.orderNo, text(payload, "order.total.amount"), text(payload, "order.service.status"))
	if err := same("the total", text(payload, "order.total.amount"), "1500.00"); err != nil {
		return err
	}
	return p.balance(ctx, "500.00")
}

func (p *play) replay(ctx context.Context) error {
	payload, err := p.done(ctx, p.owner, "PlaceOrder", object{"input": p.ordering(p.flagship, month, "1500.00"), "key": "flagship-" + p.account})
	if err != nil {
		return err
	}
	if err := same("the order", text(payload, "order.id"), p.order); err != nil {
		return err
	}
	if _, err := p.refused(ctx, "PlaceOrder", object{"input": p.ordering(p.flagship, month, "1499.00"), "key": "flagship-" + p.account}, "IDEMPOTENCY_CONFLICT", ""); err != nil {
		return err
	}
	return p.balance(ctx, "500.00")
}

func (p *play) overview(ctx context.Context) error {
	d, err := p.post(ctx, p.owner, `query($id: ID!) { account(id: $id) {
  id number name status createdAt
  standing { restrictions { code clause } } legalEntity { name registrationNumber } owner { person { name } }
  balance { cash { amount } bonus { amount } held { amount } available { amount } arrears { amount } }
  applications { nodes { name status } } services { nodes { id status plan { code } expiresAt autoRenew } }
  orders { totalCount nodes { id number total { amount } placedBy { name } lines { description quantity amount { amount } } } }
  topUps { nodes { status amount { amount } payerName } }
  ledgerEntries { nodes { kind amount { amount } balanceAfter { amount } subject { __typename id } } } invoiceable { amount } } }`, object{"id": p.account})
	if err != nil {
		return err
	}
	for _, check := range []struct{ path, want string }{
		{"account.status", "ACTIVE"}, {"account.legalEntity.name", p.company}, {"account.orders.totalCount", "2"},
		{"account.orders.nodes.0.id", p.order}, {"account.invoiceable.amount", "1500.00"}, {"account.ledgerEntries.nodes.0.kind", "ORDER"},
		{"account.ledgerEntries.nodes.0.amount.amount", "-1500.00"}, {"account.ledgerEntries.nodes.0.balanceAfter.amount", "500.00"},
	} {
		if err := same(check.path, at(d, check.path), check.want); err != nil {
			return err
		}
	}
	d, err = p.send(ctx, p.owner, "AnyNode", object{"id": p.order})
	if err != nil {
		return err
	}
	if err := same("node", text(d, "node.__typename"), "Order"); err != nil {
		return err
	}
	d, err = p.send(ctx, p.owner, "AnyNodes", object{"ids": []string{p.account, p.service, "ordr_00000000000000000000000000"}})
	if err != nil {
		return err
	}
	return same("nodes", fmt.Sprintf("%v %v %v", at(d, "nodes.0.__typename"), at(d, "nodes.1.__typename"), at(d, "nodes.2")), "Account Service <nil>")
}

func (p *play) closeService(ctx context.Context) error {
	payload, err := p.done(ctx, p.owner, "CloseService", in(object{"serviceId": p.service}))
	if err != nil {
		return err
	}
	p.say("prepaid: its renewal ends, and it runs to its expiry: %s", text(payload, "service.status"))
	return same("the service's status", text(payload, "service.status"), "RUNNING")
}

func (p *play) leave(ctx context.Context) error {
	payload, err := p.done(ctx, "", "RefreshSession", in(object{"refreshToken": p.refresh}))
	if err != nil {
		return err
	}
	token := text(payload, "session.accessToken")
	if _, err := p.done(ctx, token, "SignOut", in(object{"everywhere": true})); err != nil {
		return err
	}
	d, err := p.send(ctx, token, "Me", nil)
	if err != nil {
		return err
	}
	return same("the viewer", at(d, "viewer"), nil)
}
