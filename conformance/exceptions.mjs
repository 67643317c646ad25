// The only exceptions to the rule sets, each with its reason.
export const exceptions = (valueObjects) => ({
  // A list of edges is one way to page, not the only list there may be: the
  // contract also asks for plain lists (bill lines, roles).
  '@graphql-eslint/relay-edge-types': [
    'error',
    { withEdgeSuffix: true, shouldImplementNode: true, listTypeCanWrapOnlyEdgeType: false },
  ],
  // What has no identity of its own has no id: the parts of a connection, the
  // answers of mutations, and the value objects listed with their reasons.
  '@graphql-eslint/strict-id-in-types': [
    'error',
    { exceptions: { suffixes: ['Connection', 'Edge', 'Payload'], types: valueObjects } },
  ],
  // A grant is granted: grantedAt and grantedBy are its verb, no prefix.
  '@graphql-eslint/no-typename-prefix': 'off',
});
