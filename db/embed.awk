# SPDX-License-Identifier: ISC
# Turns db/NNNN-name.sql files, in order, into rows of a C array:
# { number, "name", "text" }.  Lines that are only a comment stay behind.

function c_string(s) {
	gsub(/\\/, "\\\\", s)
	gsub(/"/, "\\\"", s)
	gsub(/\t/, "\\t", s)
	return "\"" s "\\n\""
}

FNR == 1 {
	if (open)
		print "\t},"
	name = FILENAME
	sub(/^.*\//, "", name)
	sub(/\.sql$/, "", name)
	if (name !~ /^[0-9][0-9][0-9][0-9]-[a-z0-9-]+$/) {
		print FILENAME ": not named NNNN-name.sql" >"/dev/stderr"
		exit 1
	}
	# Two steps of one number: the second would never be taken.
	if (substr(name, 1, 4) + 0 != ++number) {
		print FILENAME ": is not step " number >"/dev/stderr"
		failed = 1
		exit 1
	}
	printf "\t{ %d, \"%s\",\n", substr(name, 1, 4) + 0, substr(name, 6)
	open = 1
}
/^[ \t]*--/ || /^[ \t]*$/ { next }
{ print "\t" c_string($0) }
END {
	if (open && !failed)
		print "\t},"
}
