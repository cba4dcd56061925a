// Everything of sluice but the embedded broker.
#pragma once

#include <sluice/as_result.hpp>
#include <sluice/chain.hpp>
#include <sluice/cloud_event.hpp>
#include <sluice/credentials.hpp>
#include <sluice/credentials_providers.hpp>
#include <sluice/error.hpp>
#include <sluice/message.hpp>
#include <sluice/middleware/claim_check.hpp>
#include <sluice/middleware/compose.hpp>
#include <sluice/middleware/compression.hpp>
#include <sluice/middleware/dead_letter.hpp>
#include <sluice/middleware/deduplicate.hpp>
#include <sluice/middleware/failure.hpp>
#include <sluice/middleware/log_errors.hpp>
#include <sluice/middleware/retry_in_place.hpp>
#include <sluice/session.hpp>
#include <sluice/sns/client.hpp>
#include <sluice/sns/signature.hpp>
#include <sluice/sns/writer.hpp>
#include <sluice/sqs/client.hpp>
#include <sluice/sqs/reader.hpp>
#include <sluice/sqs/writer.hpp>
#include <sluice/stream_attributes.hpp>
#include <sluice/sts/client.hpp>
#include <sluice/transport.hpp>
