/* SPDX-License-Identifier: Apache-2.0 */
/* xml_test.c: a small tree, bounded, and nothing that a DOCTYPE could do. */
#include "tests/support/arena_fixture.h"

#include <string.h>

#include "runtime/base/text.h"
#include "runtime/base/xml.h"

static void elements_are_found_by_their_local_name(void **state)
{
	static const char source[] = "<?xml version=\"1.0\"?>\n<d:domain xmlns:d='urn:x' d:type='kvm' id=\"7\">\n"
				     "<d:name>vm &lt;1&gt;</d:name><devices><disk n='1'/><cd/><disk n='2'/></devices>"
				     "<memory> 1024\n</memory><mixed>a<b>x</b>c<![CDATA[<d>]]></mixed></d:domain>";
	struct xml *root;

	assert_ok(xml_parse(*state, slice_text(source), NULL, &root));
	assert_string_equal(root->name, "d:domain");
	assert_string_equal(xml_attribute(root, "type", "none"), "kvm");
	assert_string_equal(xml_attribute(root, "id", "none"), "7");
	assert_string_equal(xml_attribute(root, "d", "none"), "none");
	assert_string_equal(xml_text(xml_child(root, "name"), ""), "vm <1>");
	const struct xml *disk = xml_path(root, "devices", "disk", NULL);
	assert_string_equal(xml_attribute(disk, "n", ""), "1");
	disk = xml_next_child(disk, "disk");
	assert_string_equal(xml_attribute(disk, "n", ""), "2");
	assert_null(xml_next_child(disk, "disk"));
	assert_int_equal(xml_int(xml_child(root, "memory"), 0), 1024);
	assert_int_equal(xml_int(xml_child(root, "name"), -1), -1);
	assert_string_equal(xml_text(xml_child(root, "mixed"), ""), "ac<d>");
	assert_null(xml_path(root, "devices", "none", "deeper", NULL));
	assert_string_equal(xml_text(NULL, "otherwise"), "otherwise");
	assert_int_equal(xml_int(NULL, 5), 5);
}

static void doctypes_are_refused_whatever_they_declare(void **state)
{
	static const char *const bad[] = {
		"<!DOCTYPE a><a/>",
		"<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
		"<!DOCTYPE a [<!ENTITY x \"xx\"><!ENTITY y \"&x;&x;\">]><a>&y;</a>",
		"<!DOCTYPE a SYSTEM \"http://example.com/a.dtd\"><a/>",
	};
	struct xml *root = NULL;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_fails(xml_parse(*state, slice_text(bad[i]), NULL, &root), STATUS_INVALID_ARGUMENT,
			     "XML_DOCTYPE_REFUSED");
	assert_null(root);
}

static void malformed_sources_are_refused_with_a_line(void **state)
{
	static const char *const bad[] = { "",  "<a>",        "<a></b>",     "<a/><b/>",         "<a b=1/>",
					   "x", "<a>&y;</a>", "<a>\xff</a>", "<a b='1' b='2'/>", "<a>&#0;</a>" };
	struct xml *root = NULL;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_fails(xml_parse(*state, slice_text(bad[i]), NULL, &root), STATUS_INVALID_ARGUMENT,
			     "XML_MALFORMED");
	assert_null(root);
	struct status status = xml_parse(*state, slice_text("<a>\n\n<b></a>"), NULL, &root);
	assert_non_null(strstr(status.message, "line 3"));
}

static void depth_size_and_count_are_bounded(void **state)
{
	struct xml_limits limits = { .size_bytes = 40, .depth = 2, .nodes = 3 };
	struct text deep = text_new(*state);
	struct xml *root;

	assert_ok(xml_parse(*state, slice_text("<a><b c='1'/></a>"), &limits, &root));
	assert_fails(xml_parse(*state, slice_text("<a><b><c/></b></a>"), &limits, &root), STATUS_INVALID_ARGUMENT,
		     "XML_TOO_DEEP");
	assert_fails(xml_parse(*state, slice_text("<a><b/><b/><b/></a>"), &limits, &root), STATUS_INVALID_ARGUMENT,
		     "XML_TOO_LARGE");
	assert_fails(xml_parse(*state, slice_text("<a>1234567890123456789012345678901234</a>"), &limits, &root),
		     STATUS_INVALID_ARGUMENT, "XML_TOO_LARGE");
	for (int i = 0; i < 50000; i++)
		text_append(&deep, "<a>");
	assert_fails(xml_parse(*state, slice_text(deep.data), NULL, &root), STATUS_INVALID_ARGUMENT, "XML_TOO_DEEP");
}

static void what_is_built_is_escaped_and_reads_back(void **state)
{
	struct xml *root = xml_new(*state, "a");
	struct xml *again;

	xml_set(xml_set(root, "x", "<\"&'\n\t>"), "y", "1");
	xml_set(root, "y", "2");
	xml_add_text(root, "b", "1 < 2 & 3 > \"2\"\r\n가");
	xml_add_int(xml_add(root, "c"), "d", -5);
	xml_add(root, "e");
	xml_add_text(root, "f", NULL);
	xml_add_text(root, "g", "\x01\xff\xef\xbf\xbe");
	const char *printed = xml_print(*state, root);
	assert_string_equal(printed,
			    "<a x=\"&lt;&quot;&amp;'&#10;&#9;&gt;\" y=\"2\"><b>1 &lt; 2 &amp; 3 &gt; \"2\"&#13;\n가</b>"
			    "<c><d>-5</d></c><e/><f/><g>���</g></a>");
	assert_ok(xml_parse(*state, slice_text(printed), NULL, &again));
	assert_string_equal(xml_attribute(again, "x", ""), "<\"&'\n\t>");
	assert_string_equal(xml_text(xml_child(again, "b"), ""), "1 < 2 & 3 > \"2\"\r\n가");
	assert_string_equal(xml_print(*state, again), printed);
	assert_string_equal(xml_print(*state, xml_child(again, "c")), "<c><d>-5</d></c>");
}

static void other_encodings_become_utf8(void **state)
{
	struct xml *root;

	assert_ok(xml_parse(*state, slice_text("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>"), NULL, &root));
	assert_string_equal(root->text, "é");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(elements_are_found_by_their_local_name),
		ARENA_TEST(doctypes_are_refused_whatever_they_declare),
		ARENA_TEST(malformed_sources_are_refused_with_a_line),
		ARENA_TEST(depth_size_and_count_are_bounded),
		ARENA_TEST(what_is_built_is_escaped_and_reads_back),
		ARENA_TEST(other_encodings_become_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
