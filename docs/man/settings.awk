# SPDX-License-Identifier: GPL-2.0-only
#
# From the sample configuration to the settings of scx-cland.ini(5), as scdoc reads it: each key with
# what the comment before it says; sections that are commented out as examples.

function escape(text)
{
	gsub(/[\\*`]/, "\\\\&", text)
	gsub(/(^|[^A-Za-z0-9])_/, "\\\\&", text)
	return text
}

# What has been read of a comment, with the given indentation.
function say(indent)
{
	sub(/^\.\.\./, "Likewise: ", prose)
	if (prose != "")
		print indent (prose ~ /^[-#.|[\]<]/ ? "\\" : "") prose "\n"
	if (items != "") {
		sub(/\n*$/, "\n", items)
		print items
	}
	prose = items = ""
}

/^#?\[[^\]]+\]$/ {
	sub(/^#/, "", $0) ? example = 1 : example = 0
	if (example) {
		say("")
		print "```\n" $0
		next
	}
	seen = 1
	print "## " escape($0) "\n"
	say("")
	next
}
!seen { next }
/^$/ {
	if (example)
		print "```\n"
	example = 0
	say("")
	next
}
example { print substr($0, 2); next }
/^#[a-z]/ {
	key = value = substr($0, 2)
	sub(/ *=.*/, "", key)
	sub(/^[^=]*= */, "", value)
	print "*" key "* = " escape(value) "\n"
	say("\t")
	next
}
/^#   / { items = items "\t- " escape(substr($0, 5)) "\n"; next }
/^# / {
	text = escape(substr($0, 3))
	if (items != "")
		items = items "\n\t" text
	else
		prose = prose (prose == "" ? "" : " ") text
}
END {
	if (example)
		print "```\n"
	say("")
}
