// Who looks, and whether the child-safety lane exists for them.
using System.Security.Claims;
using Moderation.Domain.Cases;
using Moderation.Domain.Staff;
using Moderation.Features.Http;

namespace Moderation.Features.Triage;

public sealed record Viewer(StaffId Id, string Pseudonym, bool ChildSafety)
{
    public bool Senior { get; init; }

    /// <summary>Reads all that happened and is never asked for a second look.</summary>
    public bool Auditor { get; init; }

    public static Viewer Of(ClaimsPrincipal caller) =>
        new(caller.Staff(), caller.Pseudonym(), caller.MaySeeChildSafety())
        {
            Senior = caller.IsInRole("senior"),
            Auditor = caller.IsInRole("auditor"),
        };

    public bool MaySee(Case found) => ChildSafety || found.Lane != Lane.ChildSafety;
}
