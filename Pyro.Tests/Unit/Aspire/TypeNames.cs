using System.Reflection;

namespace Pyro.Tests.Unit.Aspire;

/// <summary>Types as a C# source writes them: keywords, <c>?</c> for what may be null, arguments in angle brackets, no namespaces but in <see cref="Full"/>.</summary>
internal static class TypeNames
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(char)] = "char",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(double)] = "double",
        [typeof(float)] = "float",
        [typeof(decimal)] = "decimal",
    };

    /// <summary>With the namespace and the outer types: how a line of the surface names its type.</summary>
    public static string Full(Type type) =>
        (type.IsNested ? Full(type.DeclaringType!) : type.Namespace) + "." + Bare(type.Name) + Arguments(type.GetGenericArguments().Select(argument => argument.Name));

    public static string Short(Type type)
    {
        if (type.IsByRef)
            return Short(type.GetElementType()!);
        if (type.IsArray)
            return Short(type.GetElementType()!) + "[]";
        if (Nullable.GetUnderlyingType(type) is { } value)
            return Short(value) + "?";
        return Keywords.TryGetValue(type, out var word) ? word : Bare(type.Name) + Arguments(type.GetGenericArguments().Select(Short));
    }

    public static string Of(ParameterInfo parameter) => Write(parameter.ParameterType, new NullabilityInfoContext().Create(parameter));

    public static string Of(PropertyInfo property) => Write(property.PropertyType, new NullabilityInfoContext().Create(property));

    public static string Of(FieldInfo field) => Write(field.FieldType, new NullabilityInfoContext().Create(field));

    /// <summary><c> where T : …</c> for each parameter that is bound, in their order.</summary>
    public static string Constraints(Type[] parameters)
    {
        var all = "";
        foreach (var parameter in parameters)
        {
            var bounds = new List<string>();
            var flags = parameter.GenericParameterAttributes;
            if (flags.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint))
                bounds.Add("struct");
            if (flags.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
                bounds.Add("class");
            bounds.AddRange(parameter.GetGenericParameterConstraints().Where(bound => bound != typeof(ValueType)).Select(Short).Order(StringComparer.Ordinal));
            if (flags.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !bounds.Contains("struct"))
                bounds.Add("new()");
            if (bounds.Count > 0)
                all += $" where {parameter.Name} : {string.Join(", ", bounds)}";
        }
        return all;
    }

    /// <summary>Null-ness of a type parameter depends on its argument, so none is written for it.</summary>
    private static string Write(Type type, NullabilityInfo info)
    {
        if (type.IsByRef)
            type = type.GetElementType()!;
        var mark = !type.IsValueType && !type.IsGenericParameter && (info.ReadState == NullabilityState.Nullable || info.WriteState == NullabilityState.Nullable) ? "?" : "";
        if (type.IsArray)
            return Write(type.GetElementType()!, info.ElementType!) + "[]" + mark;
        if (Nullable.GetUnderlyingType(type) is not null || !type.IsGenericType)
            return Short(type) + mark;
        var arguments = type.GetGenericArguments();
        return Bare(type.Name) + Arguments(arguments.Select((argument, at) => at < info.GenericTypeArguments.Length ? Write(argument, info.GenericTypeArguments[at]) : Short(argument))) + mark;
    }

    private static string Bare(string name) => name.IndexOf('`', StringComparison.Ordinal) is var tick and >= 0 ? name[..tick] : name;

    private static string Arguments(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } list ? $"<{list}>" : "";
}
