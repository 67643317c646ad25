package clause

// Clause is one clause of the agreement: its reference, how the software
// implements it, and a short title for lists and refusals.
type Clause struct {
	Ref   Ref
	Kind  Kind
	Title Text
}

// Table lists every clause of the agreement, in the agreement's order. Chapters
// 8 and 11 are cited as a whole. The numbering of chapter 5 is wrong at its
// end: the two items between 5.10 and 5.13 are 5.11 and 5.12.
//
// If a clause is partly enforced and partly recorded, its kind is the stronger
// of the two (enforced, then recorded, then text), and a comment explains it.
var Table = []Clause{
	{"0", Enforced, Text{"协议的组成、接受与变更", "Formation, acceptance and amendment of the agreement"}},

	{"1.1", Enforced, Text{"账户注册与资料", "Registration and account details"}},
	// The declaration is recorded; the rule that every operation has a person
	// is enforced.
	{"1.2", Enforced, Text{"行为能力与操作归属", "Legal capacity and responsibility for operations"}},
	{"1.3", Enforced, Text{"一个账户对应一个法律主体", "One legal entity for each account"}},
	{"1.4", Enforced, Text{"凭据安全与账户不可转让", "Security of credentials and non-transferable accounts"}},
	{"1.5", Enforced, Text{"员工授权与离职交接", "Employees, roles and offboarding"}},
	{"1.6", Enforced, Text{"冒用、盗用的报告与冻结", "Reports of misuse and freezing of accounts"}},

	{"2.1", Enforced, Text{"产品目录与订单内容", "The catalogue and the content of an order"}},
	{"2.2", Recorded, Text{"服务的提供主体", "Providers of a service"}},
	{"2.3", Enforced, Text{"套餐上限与高业务量", "Plan limits and high volumes"}},
	{"2.4", Enforced, Text{"境外主体与海外数据中心", "Foreign entities and overseas data centres"}},

	{"3.1", Enforced, Text{"价格公示", "The public price list"}},
	{"3.2", Enforced, Text{"优惠措施", "Promotions"}},
	{"3.3", Enforced, Text{"先充值后开通", "Prepayment"}},
	{"3.4", Enforced, Text{"下单、计费、账单与异议", "Ordering, rating, bills and disputes"}},
	{"3.5", Enforced, Text{"充值与付款人", "Top-ups and payers"}},
	{"3.6", Enforced, Text{"主动停用按量服务", "Closing of metered services"}},
	{"3.7", Enforced, Text{"续费", "Renewal"}},
	{"3.8", Enforced, Text{"欠费与停服", "Arrears and suspension of services"}},
	{"3.9", Enforced, Text{"发票", "Invoices"}},

	{"4.1", Recorded, Text{"遵循文档与规范", "Following the documentation"}},
	// The officer and contact are recorded; production waits for them, which is
	// enforced.
	{"4.2", Enforced, Text{"信息安全责任制度", "The customer's information security rules"}},
	{"4.3", Recorded, Text{"最终用户的自愿与行为", "End users' consent and conduct"}},
	{"4.4", Words, Text{"尊重知识产权", "Respect for intellectual property"}},
	{"4.5", Recorded, Text{"衍生产品的授权", "Licences for derived products"}},
	{"4.6", Enforced, Text{"禁止的内容与行为", "Forbidden content and conduct"}},
	{"4.7", Enforced, Text{"违规处置与报告", "Handling and reporting of violations"}},
	{"4.8", Recorded, Text{"资质保证", "Qualifications of the customer"}},
	{"4.9", Enforced, Text{"许可与备案", "Filings and licences"}},
	{"4.10", Words, Text{"双方守法", "Compliance with the law by both sides"}},
	{"4.11", Enforced, Text{"平台规则", "Platform rules"}},
	{"4.12", Recorded, Text{"境外使用的当地合规", "Compliance with local law abroad"}},

	{"5.1", Words, Text{"按所选与所付提供服务", "Services as ordered and paid for"}},
	{"5.2", Enforced, Text{"账户审核", "Review of accounts"}},
	{"5.3", Enforced, Text{"关键词过滤与违规措施", "Keyword filtering and measures"}},
	{"5.4", Enforced, Text{"滥用资源", "Abuse of resources"}},
	{"5.5", Enforced, Text{"旧版 SDK 停用", "Retiring SDK and API versions"}},
	{"5.6", Enforced, Text{"数据保留与删除", "Retention and deletion of data"}},
	{"5.7", Enforced, Text{"加密与备份", "Encryption and backup"}},
	// Only text, except if a security product of the catalogue is ordered
	// (2.1).
	{"5.8", Words, Text{"各自的安全责任", "Security responsibilities of each side"}},
	{"5.9", Enforced, Text{"政策与运营商调整", "Changes by policy or by carriers"}},
	{"5.10", Enforced, Text{"余额先抵欠款", "Cash pays arrears first"}},
	{"5.11", Enforced, Text{"安全事件处置", "Security incidents"}},
	{"5.12", Recorded, Text{"涉诈线索与协助执法", "Fraud clues and requests of authorities"}},
	{"5.13", Enforced, Text{"未备案的停止服务", "Suspension of applications without a filing"}},

	{"6.1", Enforced, Text{"隐私政策", "The privacy policy"}},
	{"6.2", Enforced, Text{"访问客户业务数据", "Access to the customer's data"}},
	// This includes the export and the erasure of a person's data.
	{"6.3", Recorded, Text{"业务数据的合法来源", "Lawful origin of the customer's data"}},

	{"7.1", Words, Text{"保密信息的含义", "Confidential information"}},
	{"7.2", Words, Text{"保管与使用", "Protection and use of confidential information"}},
	{"7.3", Words, Text{"知悉范围", "Persons who may know confidential information"}},
	{"7.4", Words, Text{"例外", "Exceptions from confidentiality"}},
	{"7.5", Recorded, Text{"作为成功案例引用", "Naming the customer as a reference"}},
	{"7.6", Words, Text{"泄露的补救与赔偿", "Remedies and damages for a leak"}},

	{"8", Enforced, Text{"出口管制", "Export control"}},

	{"9.1", Words, Text{"不承担责任的情形", "Exclusions of liability"}},
	{"9.2", Words, Text{"按现状提供", "Services provided as they are"}},
	{"9.3", Enforced, Text{"常规维护", "Routine maintenance"}},
	{"9.4", Enforced, Text{"迁移与重大调整", "Migrations and large changes"}},
	{"9.5", Recorded, Text{"第三方产品的义务转移", "Transfer of duties for partners' products"}},
	{"9.6", Words, Text{"间接损失", "Indirect loss"}},
	{"9.7", Enforced, Text{"通知方式", "Ways of giving notice"}},
	{"9.8", Enforced, Text{"免费与试用", "Free and trial use"}},

	{"10.1", Words, Text{"知识产权归属", "Ownership of intellectual property"}},
	{"10.2", Enforced, Text{"对客户的侵权主张", "Third-party claims caused by the customer"}},
	{"10.3", Enforced, Text{"侵权主张的告知与配合", "Notification of claims and cooperation"}},

	{"11", Enforced, Text{"不可抗力", "Force majeure"}},

	{"12.1", Words, Text{"适用法律", "Governing law"}},
	{"12.2", Recorded, Text{"协商与仲裁", "Negotiation and arbitration"}},
	{"12.3", Enforced, Text{"联系邮箱的变更", "Changing the contact e-mail"}},
	{"12.4", Enforced, Text{"送达", "When a notice counts as served"}},

	{"13.1", Words, Text{"条款可分", "Severability"}},
	{"13.2", Words, Text{"继续有效的条款", "Clauses that survive the agreement"}},
	{"13.3", Enforced, Text{"签署协议优先", "A signed agreement prevails"}},
	{"13.4", Words, Text{"解释权", "Interpretation"}},
}

var byRef = func() map[Ref]Clause {
	m := make(map[Ref]Clause, len(Table))
	for _, c := range Table {
		m[c.Ref] = c
	}
	return m
}()

// Lookup returns the clause that a Ref cites, and false if the agreement has no
// such clause.
func Lookup(r Ref) (Clause, bool) {
	c, ok := byRef[r]
	return c, ok
}
