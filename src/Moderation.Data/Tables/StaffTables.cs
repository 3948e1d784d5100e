// Tables of staff, their approval keys, and every bearer credential.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Moderation.Domain.Staff;

namespace Moderation.Data.Tables;

internal sealed class StaffTables
    : IEntityTypeConfiguration<StaffMember>,
        IEntityTypeConfiguration<ApprovalKey>,
        IEntityTypeConfiguration<Credential>
{
    public void Configure(EntityTypeBuilder<StaffMember> builder)
    {
        builder.ToTable("staff").HasKey(s => s.Id);
        builder.Property(s => s.Login).HasMaxLength(64);
        builder.HasIndex(s => s.Login).IsUnique();
        builder.HasIndex(s => s.Pseudonym).IsUnique();
    }

    public void Configure(EntityTypeBuilder<ApprovalKey> builder)
    {
        builder.ToTable("approval_keys").HasKey(k => k.Kid);
        builder.HasOne<StaffMember>().WithMany().HasForeignKey(k => k.StaffId);
    }

    public void Configure(EntityTypeBuilder<Credential> builder)
    {
        builder.ToTable("credentials").HasKey(c => c.Hash);
        builder.Property(c => c.Subject).HasMaxLength(64);
        builder.HasIndex(c => c.ExpiresAt);
    }
}
