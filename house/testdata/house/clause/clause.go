// Package clause is a leaf.
package clause

import _ "portico/money" // want clause may not import portico/money: its layer lies below
