/* The inside of a catalogue, for the loader and for the matchers. */

#ifndef CONSENT_CATALOGUE_PRIVATE_H
#define CONSENT_CATALOGUE_PRIVATE_H

#include "bridge_tool.h"
#include "catalogue.h"

struct consent_catalogue_s {
    consent_service_t         *services;    /* in the order of the file names */
    unsigned                   n;
    const consent_service_t  **by_id;       /* the same, sorted */
    void                      *matcher;     /* match_build.h */
    consent_bridge_tools_t    *bridges;     /* NULL: none were loaded */
    char                       digest[65];  /* SHA-256 of all that the services say, lower-case hex */
};

#endif
