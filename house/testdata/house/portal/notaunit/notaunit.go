// Package notaunit isn't in the table.
package notaunit

import _ "portico/clause" // want portal/notaunit may not import portico/clause: notaunit is no unit of the table
