// What the API bounds, and by how much.
namespace Moderation.Contracts.Limits;

/// <param name="Key">Configuration key, or null for what the formats fix.</param>
/// <param name="Code">Code of the problem that whoever goes beyond is told.</param>
public sealed record LimitShape(
    string Name,
    string? Key,
    long Default,
    long Value,
    string Unit,
    string Code,
    string About
);

public sealed record LimitList(IReadOnlyList<LimitShape> Items);
