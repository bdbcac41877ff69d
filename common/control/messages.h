// Everything of the monitoring protocol by one name, for the daemon and the client alike.
#pragma once

#include "common/control/commands.h"
#include "common/control/generations.h"
#include "common/control/protocol.h"
#include "common/control/replies.h"
#include "common/control/requests.h"
