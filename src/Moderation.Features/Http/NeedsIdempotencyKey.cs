// Marks an endpoint whose requests carry Idempotency-Key, for the description of the API.
namespace Moderation.Features.Http;

public sealed record NeedsIdempotencyKey;
