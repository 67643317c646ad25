package authz

import (
	"slices"

	"portico/clause"
)

// entry is a permission with its name and its label.
type entry struct {
	permission Permission
	name       string
	label      clause.Text
}

func row(p Permission, name, zh, en string) entry { return entry{p, name, clause.Text{ZH: zh, EN: en}} }

// table lists every permission that can be held, in the order of their values.
// Each has its name and a label, which is shown where roles are edited.
var table = []entry{
	row(AccountRead, "account:read", "查看账户", "View the account"),
	row(AccountUpdate, "account:update", "修改账户信息", "Change the account's details"),
	row(StandingRead, "standing:read", "查看账户当前的限制", "View the restrictions in force on the account"),
	row(BalanceRead, "balance:read", "查看余额", "View balances"),
	row(LedgerRead, "ledger:read", "查看账目明细", "View ledger entries"),
	row(OrderRead, "order:read", "查看订单", "View orders"),
	row(OrderPlace, "order:place", "下单及续费", "Place orders"),
	row(ServiceRead, "service:read", "查看服务", "View services"),
	row(ServiceClose, "service:close", "关闭服务", "Close services"),
	row(ApplicationRead, "application:read", "查看应用", "View applications"),
	row(ApplicationCreate, "application:create", "创建应用", "Create applications"),
	row(ApplicationDelete, "application:delete", "删除应用", "Delete applications"),
	row(VerificationRead, "verification:read", "查看实名认证资料", "View the company verification"),
	row(VerificationSubmit, "verification:submit", "提交实名认证", "Submit the company verification"),
	row(TopUpRead, "top_up:read", "查看充值记录", "View top-ups and payments"),
	row(TopUpStart, "top_up:start", "充值", "Top up the balance"),
	row(PayerRead, "payer:read", "查看付款方", "View payers"),
	row(PayerDesignate, "payer:designate", "指定付款方", "Designate payers"),
	row(TermsAccept, "terms:accept", "接受协议", "Accept the agreement and its changes"),
	row(TermsRead, "terms:read", "查看协议的接受记录", "View the record of accepted terms"),
	row(EmployeeRead, "employee:read", "查看员工", "View employees and their roles"),
	row(RoleRead, "role:read", "查看角色", "View the account's own roles"),
	row(AuditRead, "audit:read", "查看操作记录", "View the audit log"),
	row(UsageRead, "usage:read", "查看用量", "View usage"),
	row(UsageReport, "usage:report", "上报用量", "Report usage"),
	row(EntitlementRead, "entitlement:read", "查询服务是否可用及其限额", "Query whether a service is available, and its limits"),
	row(VerificationReview, "verification:review", "审核实名认证", "Review verifications"),
	row(TopUpReview, "top_up:review", "处理待定款项", "Decide about pending payments"),
	row(PayerReview, "payer:review", "审核付款方", "Review designated payers"),
	row(TermsPublish, "terms:publish", "发布协议", "Publish terms"),
	row(OverrideSet, "override:set", "设定单独约定", "Set terms of a signed agreement"),
	row(OverrideRead, "override:read", "查看单独约定", "View terms of a signed agreement"),
	row(AccessRead, "access:read", "查看服务方人员的访问记录", "View the provider's access to the account"),
	row(SandboxRead, "sandbox:read", "查看沙箱", "View the sandbox"),
	row(SandboxAdvance, "sandbox:advance", "推进沙箱时钟", "Advance the sandbox clock"),
	row(SandboxPay, "sandbox:pay", "模拟付款", "Make a payment in the sandbox"),
	row(BillRead, "bill:read", "查看账单", "View bills"),
	row(BillReview, "bill:review", "处理账单异议", "Decide bill disputes"),
	row(InvoiceRead, "invoice:read", "查看发票", "View invoices"),
	row(InvoiceRequest, "invoice:request", "申请发票", "Request invoices"),
	row(InvoiceReview, "invoice:review", "开具或退回发票申请", "Issue invoices or reject invoice requests"),
	row(NoticeRead, "notice:read", "查看通知", "Read notices"),
	row(NoticePublish, "notice:publish", "发布通知", "Publish notices"),
	row(EmployeeInvite, "employee:invite", "邀请员工", "Invite employees"),
	row(EmployeeUpdate, "employee:update", "调整员工的角色", "Change the roles of employees"),
	row(EmployeeOffboard, "employee:offboard", "移除员工", "Offboard employees"),
	row(EmployeeSuspend, "employee:suspend", "暂停员工", "Suspend employees"),
	row(RoleManage, "role:manage", "管理自定义角色", "Create, change and delete the account's own roles"),
	row(ArrearsExtend, "arrears:extend", "延长欠费宽限期", "Extend the grace period of arrears"),
	row(InvitationRevoke, "invitation:revoke", "撤回邀请", "Revoke invitations"),
	row(TermsDecline, "terms:decline", "拒绝协议并注销账户", "Decline the terms and close the account"),
	row(AccessSeal, "access:seal", "保密合规人员的访问", "Seal the access of compliance operators"),
	row(LedgerAudit, "ledger:audit", "核对总账", "Check the provider's ledger"),
	row(GroupManage, "group:manage", "管理用户组", "Manage groups of employees, their grants and members"),
	row(OwnershipOffer, "ownership:offer", "移交账户所有权", "Offer the ownership of the account to an employee"),
	row(APIKeyRead, "api_key:read", "查看 API 密钥", "View the API keys of the account, without their secrets"),
	row(APIKeyCreate, "api_key:create", "创建及轮换自己的 API 密钥", "Create and rotate API keys of one's own"),
	row(APIKeyRevoke, "api_key:revoke", "撤销 API 密钥（他人的密钥还须有暂停员工的权限）", "Revoke API keys: one's own, and with the permission to suspend employees also others'"),
	row(ServiceRun, "service:run", "服务运行", "Run a service"),
}

// Label describes in words what the permission allows its holder to do.
func (p Permission) Label() clause.Text {
	if p == None || int(p) > len(table) {
		return clause.Text{ZH: "任何人不得享有", EN: "Never allowed to anyone"}
	}
	return table[p-1].label
}

// Grantable lists the permissions that a role of an account can have. These are
// the permissions that its owner holds, except those that are the owner's alone.
func Grantable() []Permission {
	return slices.DeleteFunc(Law().Role(ownerRole).List(), Permission.OwnersAlone)
}

const ownerRole = "owner"
