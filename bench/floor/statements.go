package floor

// Statements returns the SQL of reading and placing orders by name, so that
// other programs can be measured with the same statements. Statements of several
// rows end with VALUES or with an open list, and are completed by the program.
func Statements() map[string]string {
	return map[string]string{
		"session": sessionQuery, "order": orderQuery, "account": accountQuery, "linesOfPage": linesQuery, "linesStart": linesStart,
		"claimKey": claimKey, "answerKey": answerKey, "find": findQuery, "conduct": conductQuery, "restrictions": restrictionsQuery,
		"price": priceQuery, "zone": zoneQuery, "running": runningQuery, "balance": balanceQuery, "pay": payUpdate,
		"insertTransaction": transactionInsert, "insertTwoEntries": twoEntries, "insertThreeEntries": threeEntries, "insertFee": feeInsert,
		"touchApplication": applicationUpdate, "replaceService": replaceUpdate, "insertService": serviceInsert,
		"insertOrder": orderInsert, "insertLine": lineInsert, "insertAudit": audit,
	}
}
