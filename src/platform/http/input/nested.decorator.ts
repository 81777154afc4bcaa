import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsObject, ValidateNested } from 'class-validator';

type Shape = () => new () => object;

/** One object of a shape. ValidateNested alone takes an array for it, and then checks nothing. */
export function Nested(shape: Shape): PropertyDecorator {
  return applyDecorators(IsObject({ message: 'must be an object' }), ValidateNested(), Type(shape));
}

/** A list of objects of a shape; beside @IsArray, which says that it is a list. */
export function NestedList(shape: Shape): PropertyDecorator {
  return applyDecorators(IsObject({ each: true, message: 'must be a list of objects' }), ValidateNested({ each: true }), Type(shape));
}
