using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Pyro.Tests.Unit.Aspire;

/// <summary>Renders what an assembly shows to others: a line for each type, base, interface and public or protected member.</summary>
internal static class PublicSurface
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Lines(Assembly assembly) =>
        assembly.GetTypes().Where(IsSeen).SelectMany(Lines).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static bool IsSeen(Type type) =>
        type.IsPublic || ((type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem) && IsSeen(type.DeclaringType!));

    private static bool IsSeen([NotNullWhen(true)] MethodBase? method) => method is not null && (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly);

    private static IEnumerable<string> Lines(Type type)
    {
        var name = TypeNames.Full(type);
        yield return $"{Kind(type)} {name}{TypeNames.Constraints(type.GetGenericArguments())}{Marks(type)}";
        if (typeof(Delegate).IsAssignableFrom(type))
        {
            yield return Method(name, type.GetMethod("Invoke")!);
            yield break;
        }
        if (type.IsClass && type.BaseType is { } parent && parent != typeof(object) && !(type.IsAbstract && type.IsSealed))
            yield return $"{name} : {TypeNames.Short(parent)}";
        foreach (var face in type.GetInterfaces().Where(face => IsSeen(face.IsGenericType ? face.GetGenericTypeDefinition() : face) && TellsSomething(type, face)))
            yield return $"{name} : {TypeNames.Short(face)}";
        foreach (var constructor in type.GetConstructors(Declared).Where(constructor => IsSeen(constructor) && !constructor.IsStatic))
            yield return $"{name}.new({Parameters(constructor)}){Marks(constructor)}";
        foreach (var field in type.GetFields(Declared).Where(field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly))
        {
            if (!field.IsSpecialName)
                yield return Field(name, type, field);
        }
        foreach (var property in type.GetProperties(Declared).Where(property => (IsSeen(property.GetMethod) || IsSeen(property.SetMethod)) && !IsWrittenByCompiler(property)))
            yield return Property(name, property);
        foreach (var method in type.GetMethods(Declared).Where(method => IsSeen(method) && IsWritten(method)))
            yield return Method(name, method);
    }

    /// <summary>Inherited interfaces of framework types say nothing of ours; neither does equality of a record with itself.</summary>
    private static bool TellsSomething(Type type, Type face) =>
        !(type.IsEnum || typeof(Exception).IsAssignableFrom(type))
        && !(face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IEquatable<>))
        && type.BaseType?.GetInterfaces().Contains(face) != true;

    /// <summary>No accessor, no override of what each object has, nothing that the compiler adds to a record.</summary>
    private static bool IsWritten(MethodInfo method) =>
        !IsWrittenByCompiler(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)) && method.Name[0] != '<'
        && method.GetBaseDefinition().DeclaringType != typeof(object);

    private static bool IsWrittenByCompiler(MemberInfo member) =>
        member.IsDefined(typeof(CompilerGeneratedAttribute)) || member.Name == "EqualityContract";

    private static string Kind(Type type) =>
        type.IsEnum ? "enum"
        : typeof(Delegate).IsAssignableFrom(type) ? "delegate"
        : type.IsInterface ? "interface"
        : type.IsValueType ? type.IsByRefLike ? "ref struct" : "struct"
        : type.IsAbstract && type.IsSealed ? "static class"
        : type.IsAbstract ? "abstract class"
        : type.IsSealed ? "sealed class" : "class";

    private static string Field(string name, Type type, FieldInfo field)
    {
        if (type.IsEnum)
            return $"{name}.{field.Name} = {Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}{Marks(field)}";
        var kind = field.IsLiteral ? "const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");
        var value = field.IsLiteral ? " = " + Value(field.FieldType, field.GetRawConstantValue()) : "";
        return $"{kind}{name}.{field.Name}{value} : {TypeNames.Of(field)}{Marks(field)}";
    }

    private static string Property(string name, PropertyInfo property)
    {
        var accessors = "";
        if (IsSeen(property.GetMethod))
            accessors += " get;";
        if (IsSeen(property.SetMethod))
            accessors += property.SetMethod.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? " init;" : " set;";
        var index = property.GetIndexParameters();
        var named = index.Length == 0 ? property.Name : "this[" + string.Join(", ", index.Select(Parameter)) + "]";
        var required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        return $"{Modifiers(property.GetMethod ?? property.SetMethod!)}{required}{name}.{named} {{{accessors} }} : {TypeNames.Of(property)}{Marks(property)}";
    }

    private static string Method(string name, MethodInfo method)
    {
        var generic = method.IsGenericMethod ? "<" + string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name)) + ">" : "";
        var receiver = method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "";
        return $"{Modifiers(method)}{name}.{method.Name}{generic}({receiver}{Parameters(method)}) : {TypeNames.Of(method.ReturnParameter)}"
            + $"{TypeNames.Constraints(method.IsGenericMethod ? method.GetGenericArguments() : [])}{Marks(method)}";
    }

    /// <summary>What an heir or implementer must know: protected, static, and whether it may or must be written anew.</summary>
    private static string Modifiers(MethodInfo method)
    {
        var scope = method.IsPublic ? "" : "protected ";
        if (method.IsStatic)
            return scope + (method.IsDefined(typeof(ExtensionAttribute)) ? "" : "static ");
        if (method.DeclaringType!.IsInterface)
            return method.IsAbstract ? "" : "default ";
        if (!method.IsVirtual || method.IsFinal || method.DeclaringType.IsSealed)
            return scope;
        return scope + (method.IsAbstract ? "abstract " : "virtual ");
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        var way = parameter.IsOut ? "out "
            : parameter.ParameterType.IsByRef ? parameter.IsIn ? "in " : "ref "
            : parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute)) ? "params " : "";
        var standard = parameter.HasDefaultValue ? " = " + Value(parameter.ParameterType, parameter.RawDefaultValue) : "";
        return $"{way}{TypeNames.Of(parameter)} {parameter.Name}{standard}";
    }

    private static string Value(Type type, object? value) => value switch
    {
        null => type.IsValueType && Nullable.GetUnderlyingType(type) is null ? "default" : "null",
        string text => $"\"{text}\"",
        bool truth => truth ? "true" : "false",
        _ when (Nullable.GetUnderlyingType(type) ?? type) is { IsEnum: true } named => $"{named.Name}.{Enum.ToObject(named, value)}",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Marks(MemberInfo member)
    {
        var experimental = member.GetCustomAttribute<ExperimentalAttribute>(inherit: false) is { } mark ? $" [Experimental {mark.DiagnosticId}]" : "";
        var obsolete = member.GetCustomAttribute<ObsoleteAttribute>(inherit: false) is { } old && !IsForOldCompilers(old) ? " [Obsolete]" : "";
        return experimental + obsolete;
    }

    /// <summary>The compiler keeps ref structs and required members from compilers that do not know them.</summary>
    private static bool IsForOldCompilers(ObsoleteAttribute mark) =>
        mark.Message is { } message && (message.StartsWith("Types with embedded references", StringComparison.Ordinal) || message.StartsWith("Constructors of types with required members", StringComparison.Ordinal));
}
