package staff

import "portico/clause"

func text(zh, en string) clause.Text { return clause.Text{ZH: zh, EN: en} }

// The refusals of staff.
var (
	// OwnerExists: an account always has exactly one active owner (1.5).
	OwnerExists = clause.Declare(clause.Refusal{Code: "OWNER_EXISTS", Clause: "1.5",
		Text:   text("该账户已有所有者；一个账户始终只有一名所有者。", "The account already has an owner. An account always has exactly one."),
		Remedy: &clause.Remedy{Text: text("所有权只能由所有者移交给本账户的在职员工；账户主体只能通过已执行的三方协议变更（第一章第4条）。", "The owner can offer the ownership to an employee of the account. The legal entity that holds it changes only by an executed three-party agreement (1.4).")}})
	// OwnerUnchanged: ownership can't be given, taken or shared by a role (1.4).
	OwnerUnchanged = clause.Declare(clause.Refusal{Code: "OWNER_UNCHANGED", Clause: "1.4",
		Text: text("所有者角色不能授予他人，所有者也不能被变更或移除。", "The owner's role cannot be given, and the owner cannot be changed or removed."),
		Remedy: &clause.Remedy{Text: text("请选择其他角色或员工；所有者可将所有权移交给本账户的一名在职员工，由其接受后生效。", "Choose another role or employee. The owner can offer the ownership to an active employee of the account, who then accepts it."),
			Operation: "offerOwnership", Input: map[string]any{"employeeId": "{employeeId}"}}})
	// AlreadyOwner: the owner can't be offered what it has (1.5).
	AlreadyOwner = clause.Declare(clause.Refusal{Code: "ALREADY_OWNER", Clause: "1.5",
		Text:   text("该员工已是账户的所有者。", "The employee already owns the account."),
		Remedy: &clause.Remedy{Text: text("请选择另一名在职员工。", "Choose another active employee.")}})
	// OwnershipOfferPending: an account has one offer of its ownership at a time (1.5).
	OwnershipOfferPending = clause.Declare(clause.Refusal{Code: "OWNERSHIP_OFFER_PENDING", Clause: "1.5",
		Text:    text("该账户已有一份待接受的所有权移交。", "The ownership of the account is offered already, and the offer waits."),
		Remedy:  &clause.Remedy{Text: text("请先撤回该移交。", "Withdraw that offer first."), Operation: "withdrawOwnershipOffer", Input: map[string]any{"offerId": "{offerId}"}},
		Carries: []string{"offerId"}})
	// OwnershipOfferClosed: the offer can't be accepted, declined or withdrawn any more
	// (1.5).
	OwnershipOfferClosed = clause.Declare(clause.Refusal{Code: "OWNERSHIP_OFFER_CLOSED", Clause: "1.5",
		Text:   text("该所有权移交已不再有效，状态为 {status}。", "The offer of the ownership is no longer open; its status is {status}."),
		Remedy: &clause.Remedy{Text: text("如仍需移交，请所有者重新发起。", "If the ownership is still to pass, the owner makes a new offer.")}})
	// StaffNotAllowed: only an organisation has employees; on a natural person's
	// account it would be lending (1.4).
	StaffNotAllowed = clause.Declare(clause.Refusal{Code: "STAFF_NOT_ALLOWED", Clause: "1.4",
		Text:   text("自然人的账户仅供本人使用，不能邀请员工；员工管理仅适用于企业及其他组织的账户（第一章第5条）。", "The account of a natural person is only for that person and cannot have employees. Only accounts of companies and other organisations can (1.5)."),
		Remedy: &clause.Remedy{Text: text("请以企业或其他组织的名义另开一个账户。", "Open another account for the company or organisation."), Operation: "openAccount"}})
	// NotHeld is the subset rule: an employee can't give what it doesn't hold
	// (1.5).
	NotHeld = clause.Declare(clause.Refusal{Code: "PERMISSION_NOT_HELD", Clause: "1.5",
		Text:   text("您自己不持有这些权限，或持有的范围、期限、额度更小，因此不能授予、收回或写入角色：{missing}。", "You cannot give, take away or put into a role permissions that you do not hold yourself, or hold with a smaller scope, an earlier expiry or a lower spending limit: {missing}."),
		Remedy: &clause.Remedy{Text: text("请由持有这些权限的员工或所有者操作，或选择权限更少的角色。", "Ask an employee who holds them, or the owner, or choose a role with fewer permissions.")}})
	// NotTransferable: permissions that nobody may hold (1.4).
	NotTransferable = clause.Declare(clause.Refusal{Code: "PERMISSION_NOT_TRANSFERABLE", Clause: "1.4",
		Text:   text("账户及其内容不可转让、赠与、继承、出借或出租，任何角色都不能含有这些权限：{permissions}。", "An account and its content cannot be transferred, given away, inherited, lent or leased, so no role can have these permissions: {permissions}."),
		Remedy: &clause.Remedy{Text: text("请从角色中去掉这些权限。", "Remove them from the role.")}})
	// OwnRoles: an employee cannot change what it holds itself, nor by a group (1.5).
	OwnRoles = clause.Declare(clause.Refusal{Code: "OWN_ROLES_UNCHANGED", Clause: "1.5",
		Text:   text("员工不能更改自己的角色，不能把自己加入用户组，也不能更改自己所在用户组的授权。", "An employee cannot change its own roles, add itself to a group, or change the grants of a group that it is in."),
		Remedy: &clause.Remedy{Text: text("请由其他管理员或所有者更改。", "Ask another administrator or the owner.")}})
	// EmployeeLeft: the employee was offboarded.
	EmployeeLeft = clause.Declare(clause.Refusal{Code: "EMPLOYEE_LEFT", Clause: "1.5",
		Text:   text("该员工已离职。", "The employee has left."),
		Remedy: &clause.Remedy{Text: text("如需继续任用，请重新邀请。", "To employ the person again, send a new invitation."), Operation: "inviteEmployee", Input: map[string]any{"accountId": "{accountId}"}}})
	// EmployeeSuspended: the employee is suspended (1.5).
	EmployeeSuspended = clause.Declare(clause.Refusal{Code: "EMPLOYEE_SUSPENDED", Clause: "1.5",
		Text:   text("该员工已被暂停。", "The employee is suspended."),
		Remedy: &clause.Remedy{Text: text("可先恢复该员工，或为其办理离职。", "Let the employee work again first, or offboard it."), Operation: "resumeEmployee", Input: map[string]any{"employeeId": "{employeeId}"}}})
	// EmployeeNotSuspended: only a suspended employee can be resumed.
	EmployeeNotSuspended = clause.Declare(clause.Refusal{Code: "EMPLOYEE_NOT_SUSPENDED", Clause: "1.5",
		Text:   text("该员工未被暂停。", "The employee is not suspended."),
		Remedy: &clause.Remedy{Text: text("无需恢复。", "Nothing is left to do.")}})
	// OwnSuspension: an employee cannot suspend itself (1.5).
	OwnSuspension = clause.Declare(clause.Refusal{Code: "OWN_SUSPENSION", Clause: "1.5",
		Text:   text("员工不能暂停自己。", "An employee cannot suspend itself."),
		Remedy: &clause.Remedy{Text: text("请由另一名有权限的员工操作；您可以为自己办理离职。", "Ask another employee with the permission. You can offboard yourself."), Operation: "offboardEmployee"}})
	// AlreadyEmployed: a person is an employee of an account only once (1.5).
	AlreadyEmployed = clause.Declare(clause.Refusal{Code: "ALREADY_EMPLOYED", Clause: "1.5",
		Text:   text("您已经是该账户的员工。", "You are already an employee of this account."),
		Remedy: &clause.Remedy{Text: text("如需更改角色，请联系管理员。", "To change your roles, ask an administrator.")}})
	// InvitationInvalid: the link is not valid; the reason is not stated.
	InvitationInvalid = clause.Declare(clause.Refusal{Code: "INVITATION_INVALID", Clause: "1.5",
		Text:   text("邀请无效、已使用、已撤回或已过期。", "The invitation is invalid, was already used or withdrawn, or has expired."),
		Remedy: &clause.Remedy{Text: text("请联系邀请人重新邀请。", "Ask for a new invitation.")}})
	// InvitationVoid: the inviter may no longer give what the invitation gives.
	InvitationVoid = clause.Declare(clause.Refusal{Code: "INVITATION_VOID", Clause: "1.5",
		Text:   text("邀请人已无权授予邀请中的角色，邀请不再有效。", "The inviter may no longer give the roles of this invitation, so it is no longer valid."),
		Remedy: &clause.Remedy{Text: text("请联系该账户的管理员重新邀请。", "Ask an administrator of the account to invite you again.")}})
	// AddressNotProved: an invitation is bound to its address (1.5).
	AddressNotProved = clause.Declare(clause.Refusal{Code: "INVITATION_ADDRESS_NOT_PROVED", Clause: "1.5",
		Text:   text("只有收到邀请的号码或邮箱才能接受邀请，而您尚未验证该号码或邮箱。", "Only the number or address that received the invitation can accept it, and you have not verified that one."),
		Remedy: &clause.Remedy{Text: text("请用收到邀请的号码或邮箱登录。", "Sign in with the number or address that received it."), Operation: "signIn"}})
	// InvitationClosed: the invitation can't be withdrawn any more.
	InvitationClosed = clause.Declare(clause.Refusal{Code: "INVITATION_NOT_PENDING", Clause: "1.5",
		Text:   text("该邀请已被接受、撤回或已过期。", "The invitation was already accepted or withdrawn, or has expired."),
		Remedy: &clause.Remedy{Text: text("如已被接受，可为该员工办理离职。", "If it was accepted, you can offboard the employee.")}})
	// InvitationLimit bounds the pending invitations.
	InvitationLimit = clause.Declare(clause.Refusal{Code: "INVITATION_LIMIT", Clause: "1.5",
		Text:   text("待接受的邀请已达上限（{limit} 个）。", "{limit} invitations are already pending, which is the maximum."),
		Remedy: &clause.Remedy{Text: text("请撤回不再需要的邀请。", "Withdraw invitations that are no longer needed."), Operation: "revokeInvitation"}})
	// InvitationsTooOften bounds the invitations that are sent.
	InvitationsTooOften = clause.Declare(clause.Refusal{Code: "INVITATIONS_TOO_OFTEN", Clause: "5.4",
		Text:   text("24 小时内发出的邀请过多：每个账户最多 {perAccount} 个。", "Too many invitations were sent in 24 hours: an account can send at most {perAccount}."),
		Remedy: &clause.Remedy{Text: text("请稍后再邀请。", "Try again later."), Operation: "inviteEmployee", Input: map[string]any{"accountId": "{accountId}"}}})
	// SuccessorRequired: every matter of a leaving employee needs a new holder
	// (1.5).
	SuccessorRequired = clause.Declare(clause.Refusal{Code: "SUCCESSOR_REQUIRED", Clause: "1.5",
		Text: text("该员工还有 {holdings} 个须有人接手的事项（其中待接受的邀请 {invitations} 个、有效的 API 密钥 {apiKeys} 个），离职须指定接手人。",
			"The employee still holds {holdings} matters that somebody must take over, {invitations} of them pending invitations and {apiKeys} live API keys. Name a successor."),
		Plain: text("该员工还有须有人接手的事项，离职须指定接手人。", "The employee still holds matters that somebody must take over. Name a successor."),
		Remedy: &clause.Remedy{Text: text("请指定接手的员工，或先撤回邀请、撤销密钥、处理待审批的申请；可用 offboardingPreview 查看全部事项。",
			"Name an employee who takes over, or revoke the invitations and keys and decide the approvals first; `offboardingPreview` shows all matters."), Operation: "offboardEmployee", Input: map[string]any{"employeeId": "{employeeId}"}}})
	// SuccessorUnfit: a successor must hold the permissions that the matters
	// require (1.5).
	SuccessorUnfit = clause.Declare(clause.Refusal{Code: "SUCCESSOR_UNFIT", Clause: "1.5",
		Text:   text("接手人须是该账户的另一名在职员工，并持有所接手事项需要的权限。缺少：{missing}。", "The successor must be another active employee of the account who holds the permissions for what it takes over. Missing: {missing}."),
		Remedy: &clause.Remedy{Text: text("请指定另一名员工，或先授予其权限。", "Name another employee, or give this one the permissions first."), Operation: "setEmployeeRoles", Input: map[string]any{"employeeId": "{successorId}"}}})
	// RoleCodeTaken: codes are unique, and those of the built-in roles are
	// reserved.
	RoleCodeTaken = clause.Declare(clause.Refusal{Code: "ROLE_CODE_TAKEN", Clause: "1.5",
		Text:   text("该角色代码已被使用。", "The code of the role is already in use."),
		Remedy: &clause.Remedy{Text: text("请换一个代码。", "Choose another code.")}})
	// RoleInUse: a role that an employee or a group has, or that a pending invitation
	// gives, can't be deleted. It carries the ids of up to 20 holders.
	RoleInUse = clause.Declare(clause.Refusal{Code: "ROLE_IN_USE", Clause: "1.5", Carries: []string{"holders"},
		Text:   text("该角色仍由 {employees} 项授权和 {invitations} 个待接受的邀请使用。", "The role is still in use, by {employees} grants and {invitations} pending invitations."),
		Plain:  text("该角色仍有授权或待接受的邀请在使用。", "The role is still used by grants or pending invitations."),
		Remedy: &clause.Remedy{Text: text("请先更改这些员工的角色并撤回邀请。", "Give the employees other roles and withdraw the invitations first."), Operation: "setEmployeeRoles"}})
	// RoleLimit bounds the roles of an account.
	RoleLimit = clause.Declare(clause.Refusal{Code: "ROLE_LIMIT", Clause: "1.5",
		Text:   text("一个账户最多有 {limit} 个自定义角色。", "An account can have at most {limit} custom roles."),
		Remedy: &clause.Remedy{Text: text("请删除不再使用的角色。", "Delete roles that are no longer used."), Operation: "deleteRole"}})
	// GrantChanged: a change is based on the grant as it was read (1.5).
	GrantChanged = clause.Declare(clause.Refusal{Code: "GRANT_CHANGED", Clause: "1.5",
		Text:   text("该授权在您读取之后已被更改。", "The grant was changed since you read it."),
		Remedy: &clause.Remedy{Text: text("请重新读取授权后再试。", "Read the grant again, and repeat the change on its new version.")}})
	// GrantLimit bounds the grants of an employee or a group.
	GrantLimit = clause.Declare(clause.Refusal{Code: "GRANT_LIMIT", Clause: "1.5",
		Text:   text("一名员工或一个用户组最多有 {limit} 项授权。", "An employee or a group can have at most {limit} grants."),
		Remedy: &clause.Remedy{Text: text("请先移除不再需要的授权，或改用自定义角色。", "Take away grants that are no longer needed, or use a custom role.")}})
	// GroupNameTaken: a name is used once on an account.
	GroupNameTaken = clause.Declare(clause.Refusal{Code: "GROUP_NAME_TAKEN", Clause: "1.5",
		Text:   text("已有同名的用户组。", "Another group of the account has this name."),
		Remedy: &clause.Remedy{Text: text("请换一个名称。", "Choose another name.")}})
	// GroupLimit bounds the groups of an account.
	GroupLimit = clause.Declare(clause.Refusal{Code: "GROUP_LIMIT", Clause: "1.5",
		Text:   text("一个账户最多有 {limit} 个用户组。", "An account can have at most {limit} groups."),
		Remedy: &clause.Remedy{Text: text("请删除不再使用的用户组。", "Delete groups that are no longer used."), Operation: "deleteGroup"}})
	// RoleChanged: a change is based on the role as it was read (1.5).
	RoleChanged = clause.Declare(clause.Refusal{Code: "ROLE_CHANGED", Clause: "1.5",
		Text:   text("该角色在您读取之后已被更改。", "The role was changed since you read it."),
		Remedy: &clause.Remedy{Text: text("请重新读取角色后再试。", "Read the role again, and repeat the change on its new version.")}})
)
