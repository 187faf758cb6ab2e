/*
 * products.h - how a product is named on a command line.
 */
#ifndef TOCSIN_CLIENTS_CLI_PRODUCTS_H
#define TOCSIN_CLIENTS_CLI_PRODUCTS_H

#include "clients/libtocsin/value.h"

/*
 * Put what a call needs to find a product by one word, an id, a barcode or
 * BRAND/MODEL, into the open map.
 */
void products_put_key(struct tocsin_writer *writer, const char *word);

#endif
