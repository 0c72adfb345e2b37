/* SPDX-License-Identifier: Apache-2.0 */
/* opponents.c: each parses as its documentation shows it. In a file of its own: jansson's words are ours too. */
#include "tools/benchmarks/parse/opponents.h"

#include <expat.h>
#include <jansson.h>
#include <libxml/parser.h>

static void element(void *context, const XML_Char *name, const XML_Char **attributes)
{
	(void)name;
	(void)attributes;
	++*(size_t *)context;
}

static void characters(void *context, const XML_Char *text, int size)
{
	(void)text;
	*(size_t *)context += size > 0;
}

bool opponent_expat(struct slice document)
{
	XML_Parser parser = XML_ParserCreate("UTF-8");
	size_t count = 0;

	XML_SetUserData(parser, &count);
	XML_SetStartElementHandler(parser, element);
	XML_SetCharacterDataHandler(parser, characters);
	bool is_good = XML_Parse(parser, document.data, (int)document.size, 1) == XML_STATUS_OK && count > 0;
	XML_ParserFree(parser);
	return is_good;
}

bool opponent_libxml2(struct slice document)
{
	xmlDocPtr tree = xmlReadMemory(document.data, (int)document.size, NULL, NULL, XML_PARSE_NONET | XML_PARSE_HUGE);

	xmlFreeDoc(tree);
	return tree != NULL;
}

bool opponent_jansson(struct slice document)
{
	json_t *value = json_loadb(document.data, document.size, JSON_REJECT_DUPLICATES, NULL);

	json_decref(value);
	return value != NULL;
}
