// Everything of sluice but the embedded broker.
#pragma once

#include <sluice/as_result.hpp>
#include <sluice/chain.hpp>
#include <sluice/credentials.hpp>
#include <sluice/error.hpp>
#include <sluice/message.hpp>
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
