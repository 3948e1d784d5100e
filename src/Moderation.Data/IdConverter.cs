// Stores a typed id as the UUID inside it.
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Moderation.Domain;

namespace Moderation.Data;

internal sealed class IdConverter<TId>() : ValueConverter<TId, Guid>(id => id.Value, value => Make(value))
    where TId : struct, IId<TId>
{
    // An expression tree cannot call a static abstract member itself.
    private static TId Make(Guid value) => TId.From(value);
}
